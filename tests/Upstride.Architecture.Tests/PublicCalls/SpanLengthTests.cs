using System.Reflection;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>
/// No public method reads or writes beyond the spans it is given: each is called with every one of them an element too short, an element
/// too
/// long, and empty. What a call must refuse it refuses by a documented exception; what lies around the spans is never touched.
/// </summary>
// The calls of SpanCalls share what they are made on, which takes one call at a time.
[Collection(nameof(SpanCalls))]
public sealed class SpanLengthTests
{
    [Fact]
    public void Every_public_method_that_takes_spans_has_a_call_that_succeeds()
    {
        var called = SpanCalls.All.Select(static call => PublicMethods.Name(call.Method)).ToHashSet();
        string[] missing =
        [
            .. PublicMethods.Types.SelectMany(PublicMethods.Of).Where(static method => method.GetParameters().Any(SpanInvoker.IsSpan))
                .Select(PublicMethods.Name).Where(name => !called.Contains(name)),
        ];
        Assert.True(missing is [], $"add to the tables of SpanCalls a call that succeeds of:\n{string.Join('\n', missing)}");
        var faults = new List<string>();
        foreach (SpanCall call in SpanCalls.All)
        {
            object?[] arguments = call.With();
            Exception? error = Record.Exception(() => SpanInvoker.Call(call.Method, call.Target, arguments));
            if (error is not null) faults.Add($"{PublicMethods.Name(call.Method)} is said to succeed: {error}");
            RequireIntact(call, arguments, "right");
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void A_span_of_another_length_is_refused()
    {
        var faults = new List<string>();
        foreach (SpanCall call in SpanCalls.All)
        {
            for (int i = 0; i < call.Arguments.Length; i++)
            {
                if (call.Arguments[i] is not SpanArgument span) continue;
                if (span.Elements.Length > 0)
                    Check(call, i, "one too short", static elements => elements.Shortened(),
                        span.Legal is Lengths.Exact or Lengths.OrEmpty);
                if (span.Elements.Length > 0)
                    Check(call, i, "one too long", static elements => elements.Lengthened(), span.Legal is Lengths.Exact);
                Check(call, i, "empty", static elements => elements.Emptied(),
                    span.Legal is Lengths.Exact or Lengths.AtLeastOne && span.Elements.Length > 0);
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));

        void Check(SpanCall call, int index, string what, Func<Guarded, Guarded> change, bool mustThrow)
        {
            object?[] arguments = call.With(index, change);
            Exception? error = Record.Exception(() => SpanInvoker.Call(call.Method, call.Target, arguments));
            ParameterInfo parameter = call.Method.GetParameters()[index];
            string place = $"{PublicMethods.Name(call.Method)}, {parameter.Name} {what}";
            if (error is null && mustThrow) faults.Add($"{place}: no exception");
            else if (error is not null && !DocumentedExceptions.Contains(error)) faults.Add($"{place}: {error}");
            RequireIntact(call, arguments, place);
        }
    }

    private static void RequireIntact(SpanCall call, object?[] arguments, string what)
    {
        foreach (Guarded elements in arguments.OfType<Guarded>())
            Assert.True(elements.IsIntact, $"{PublicMethods.Name(call.Method)}, {what}: elements beyond a span were written");
    }
}
