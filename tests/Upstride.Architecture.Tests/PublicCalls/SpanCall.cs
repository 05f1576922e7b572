using System.Reflection;

namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>Which lengths of a span a method takes, when everything else it is given is right.</summary>
internal enum Lengths
{
    /// <summary>This one alone.</summary>
    Exact,

    /// <summary>This one, or nothing at all.</summary>
    OrEmpty,

    /// <summary>Any but nothing at all.</summary>
    AtLeastOne,

    /// <summary>Any.</summary>
    Any,
}

/// <summary>A span or tensor that is right for its place in a call.</summary>
internal sealed record SpanArgument(Guarded Elements, Lengths Legal);

/// <summary>A call that succeeds: its spans are what the method asks for.</summary>
internal sealed class SpanCall
{
    private readonly object? _target;

    private SpanCall(MethodBase method, object? target, object?[] arguments) => (Method, _target, Arguments) = (method, target, arguments);

    /// <summary>What is called.</summary>
    public MethodBase Method { get; }

    /// <summary>What it is called on: where a call changes that so that another would fail, one of its own each time.</summary>
    public object? Target => _target is Func<object> create ? create() : _target;

    /// <summary>What it is given.</summary>
    public object?[] Arguments { get; }

    /// <summary>Finds the method of a type that takes such arguments; parameters behind the last one given take their defaults.</summary>
    public static SpanCall Of(Type type, object? target, string name, params object?[] arguments)
    {
        MethodBase[] fitting = [.. PublicMethods.Of(type).Where(method => method.Name == name && Fits(method.GetParameters(), arguments))];
        if (fitting is not [MethodBase method])
            throw new ArgumentException(
                $"{fitting.Length} methods {type.Name}.{name} take these arguments: {string.Join("; "
                    + $"", fitting.Select(PublicMethods.Name))}", nameof(arguments));
        ParameterInfo[] parameters = method.GetParameters();
        return new(method, target, [.. parameters.Select((one, i) => i < arguments.Length ? Converted(arguments[i], one) : Default(one))]);
    }

    /// <summary>The arguments, every span in memory that no call has touched, and one of them changed.</summary>
    public object?[] With(int changed = -1, Func<Guarded, Guarded>? change = null) =>
        [.. Arguments.Select(
        (argument, i) => argument is SpanArgument span ? i == changed ? change!(span.Elements) : span.Elements.Fresh() : argument)];

    /// <summary>Default values where a parameter has them; nothing for a span.</summary>
    public static object? Default(ParameterInfo parameter)
    {
        Type type = SpanInvoker.Plain(parameter.ParameterType);
        if (SpanInvoker.IsSpan(parameter)) return Spans.Empty(type.GetGenericArguments()[0]);
        return parameter.HasDefaultValue && parameter.DefaultValue is { } value
            ? type.IsEnum ? Enum.ToObject(type, value) : value
            : type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    private static bool Fits(ParameterInfo[] parameters, object?[] arguments) =>
        parameters.Length >= arguments.Length
        && parameters[arguments.Length..].All(
        static one => one.IsOptional
            || SpanInvoker.IsSpan(one) && one.IsDefined(typeof(System.Runtime.CompilerServices.ParamCollectionAttribute)))
        && parameters.Zip(arguments).All(static pair => pair.Second switch
        {
            SpanArgument span => SpanInvoker.IsSpan(pair.First) && Spans.Fits(span.Elements, SpanInvoker.Plain(pair.First.ParameterType)),
            null => !pair.First.ParameterType.IsValueType,
            _ => !SpanInvoker.IsSpan(pair.First) && Converted(pair.Second, pair.First) is not null,
        });

    // What a C# caller may leave to an implicit conversion.
    private static object? Converted(object? argument, ParameterInfo parameter)
    {
        Type type = SpanInvoker.Plain(parameter.ParameterType);
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (argument is null || type.IsInstanceOfType(argument)) return argument;
        if (argument is SpanArgument) return argument;
        if (argument is int whole)
        {
            if (type == typeof(Geometry.PerAxis)) return (Geometry.PerAxis)whole;
            if (type == typeof(long)) return (long)whole;
            if (type == typeof(double)) return (double)whole;
            if (type == typeof(float)) return (float)whole;
        }
        return null;
    }
}
