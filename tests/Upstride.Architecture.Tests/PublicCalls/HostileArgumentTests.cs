using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>
/// Whatever a public member is given, it answers, or says by a documented exception what is wrong: every one is called with samples of what
/// it
/// takes, and with each argument in turn replaced by null, by a default struct, by an enumeration's value that is none, and by numbers at
/// the ends.
/// </summary>
// The calls of SpanCalls share what they are made on, which takes one call at a time.
[Collection(nameof(SpanCalls))]
public sealed class HostileArgumentTests
{
    // Members whose work is not done in a moment, whatever they are given, and what only a graph in the middle of being written has.
    private static readonly string[] s_exempt =
    [
        "TrainingRun.Execute", "ImageFolder.Files", "UpscalingTrainer.Run", "TrainingPictures.Synthetic", "DeadLeaves.CreateMany",
            "PatchLoader.Take", "NetworkRun.Execute", "NetworkTrainer.Run",
    ];

    [Fact]
    public void Every_member_answers_or_refuses_by_a_documented_exception()
    {
        Environment.CurrentDirectory = Samples.Folder;
        var faults = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Type type in PublicMethods.Types)
        {
            foreach (MethodBase method in PublicMethods.Of(type))
            {
                // An initializer's samples would be changed for the calls that follow.
                if (method is MethodInfo { ReturnParameter: var answer }
                    && answer.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))) continue;
                if (s_exempt.Any(name => PublicMethods.Name(method).StartsWith(name + "(", StringComparison.Ordinal))) continue;
                foreach ((object? target, object?[] arguments) in Calls(type, method))
                {
                    Try(method, target, arguments, faults);
                    for (int i = 0; i < arguments.Length; i++)
                    {
                        ParameterInfo parameter = method.GetParameters()[i];
                        if (arguments[i] is Guarded || parameter.IsOut) continue;
                        foreach (object? hostile in Hostile(type, parameter))
                        {
                            object?[] changed =
                                [.. arguments.Select(
                                (argument, j) => j == i ? hostile : argument is Guarded span ? span.Fresh() : argument)];
                            if (!Try(method, target, changed, faults) && MustRefuse(method, hostile))
                                faults.Add($"{Text(method, target, changed)}: no exception");
                        }
                    }
                }
            }
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    // A call with samples, the calls of the tables where there are spans, and those of a default struct.
    private static IEnumerable<(object? Target, object?[] Arguments)> Calls(Type type, MethodBase method)
    {
        bool hasTarget = !method.IsStatic && !method.IsConstructor;
        bool hasSpans = method.GetParameters().Any(SpanInvoker.IsSpan);
        if (hasSpans)
        {
            foreach (SpanCall call in SpanCalls.All)
                if (PublicMethods.Name(call.Method) == PublicMethods.Name(method)) yield return (call.Target, call.With());
        }
        else if (Samples.TryArguments(method, out object?[] arguments))
        {
            object? target = null;
            if (!hasTarget || Samples.TryGet(type, out target)) yield return (target, arguments);
            if (hasTarget && type.IsValueType) yield return (RuntimeHelpers.GetUninitializedObject(type), arguments);
        }
    }

    private static IEnumerable<object?> Hostile(Type type, ParameterInfo parameter)
    {
        Type plain = SpanInvoker.Plain(parameter.ParameterType);
        if (!plain.IsValueType)
        {
            yield return null;
            if (plain == typeof(string)) yield return "";
            yield break;
        }
        Type value = Nullable.GetUnderlyingType(plain) ?? plain;
        if (value != typeof(bool)) yield return RuntimeHelpers.GetUninitializedObject(value);
        // Beyond geometry a large size is a request for memory, and answered as that.
        bool large = type.Namespace == "Upstride.Geometry";
        if (value.IsEnum) yield return Enum.ToObject(value, 77);
        else if (value == typeof(int))
            foreach (int number in (int[])[-1, int.MinValue, 3, .. large ? [int.MaxValue] : Array.Empty<int>()]) yield return number;
        else if (value == typeof(long))
            foreach (long number in (long[])[-1, long.MinValue, .. large ? [long.MaxValue] : Array.Empty<long>()]) yield return number;
        else if (value == typeof(double))
            foreach (double number in (double[])[-1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue,
                double.Epsilon]) yield return number;
        else if (value == typeof(float))
            foreach (float number in (float[])[-1, float.NaN, float.PositiveInfinity]) yield return number;
    }

    // Of the core: an enumeration's value that is none, and the axes, whose default is none. Other default structs mean what their
    // documentation
    // says; a record holds what it is given, two values may be compared, and what begins with Try answers no.
    private static bool MustRefuse(MethodBase method, object? hostile) =>
        method.DeclaringType!.Assembly == typeof(Geometry.ConvTransposeAxis).Assembly
        && !(method.IsConstructor && method.DeclaringType.GetMethod("<Clone>$") is not null)
        && !method.Name.StartsWith("op_", StringComparison.Ordinal) && !method.Name.StartsWith("Try", StringComparison.Ordinal)
        && method.Name != "Equals"
        && (hostile is Enum value
        ? !Enum.IsDefined(value.GetType(), value) : hostile is Geometry.ConvTransposeAxis or Geometry.PoolAxis or Geometry.ResizeAxis);

    // Whether the call was refused.
    private static bool Try(MethodBase method, object? target, object?[] arguments, SortedSet<string> faults)
    {
        Exception? error = null;
        var watch = Stopwatch.StartNew();
        try
        {
            object? result = SpanInvoker.Call(method, target, arguments);
            // What is computed as it is asked for is asked for.
            if (result is System.Collections.IEnumerable sequence and not ImmutableArray<int>)
                foreach (object? _ in Taken(sequence)) { }
        }
        catch (Exception exception)
        {
            error = exception;
        }
        if (watch.ElapsedMilliseconds > 5000) faults.Add($"{Text(method, target, arguments)}: {watch.ElapsedMilliseconds} ms");
        if (error is null) return false;
        string call = Text(method, target, arguments);
        if (!DocumentedExceptions.Contains(error))
            faults.Add($"{call}: {error.GetType().Name} {error.StackTrace?.Split('\n')[0].Trim()}");
        // An operator's argument, and a layer's, is that of the function that it is; so is one network of several, and a stream that is
        // read.
        else if (error is ArgumentNullException missing && missing.ParamName is not ("value" or "networks" or "stream")
            && !method.GetParameters().Any(one => one.Name == missing.ParamName))
            faults.Add($"{call}: ArgumentNullException for '{missing.ParamName}', which is no parameter of it");
        return true;
    }

    private static string Text(MethodBase method, object? target, object?[] arguments) =>
        $"{PublicMethods.Name(method)} given "
        + $"{string.Join(", ", arguments.Select(Text))}{(target is null ? "" : $" on {target.GetType().Name}")}";

    private static IEnumerable<object?> Taken(System.Collections.IEnumerable sequence) => sequence.Cast<object?>().Take(100);

    private static string Text(object? argument) => argument switch
    {
        null => "null",
        Guarded => "span",
        string text => $"'{text}'",
        IFormattable number => $"{number}",
        _ => argument.GetType().Name,
    };
}
