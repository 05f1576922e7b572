namespace Upstride.Architecture.Tests.PublicCalls;

/// <summary>Short names for the spans of the tables of calls.</summary>
internal static class Spans
{
    /// <summary>So many floats, as many as the method must be given.</summary>
    public static SpanArgument Floats(int length, Lengths legal = Lengths.Exact) =>
        new(new Guarded<float>([.. Enumerable.Range(0, length).Select(static i => i % 7 - 2f)], 12345.5f), legal);

    public static SpanArgument Floats(float[] elements, Lengths legal = Lengths.Exact) =>
        new(new Guarded<float>(elements, 12345.5f), legal);

    public static SpanArgument Zeros<T>(int length, T canary, Lengths legal = Lengths.Exact) =>
        new(new Guarded<T>(new T[length], canary), legal);

    /// <summary>Places in a plane.</summary>
    public static SpanArgument Ints(int length, Lengths legal = Lengths.Exact) => Zeros(length, -77, legal);

    /// <summary>The lengths of a shape, or other numbers of one for each axis.</summary>
    public static SpanArgument Shape(params nint[] lengths) => Of(Lengths.Exact, -77, lengths);

    /// <summary>A tensor of floats of this shape.</summary>
    public static SpanArgument Tensor(params nint[] shape) => TensorOf(12345.5f, Lengths.Exact, shape);

    /// <summary>A tensor that need not be given.</summary>
    public static SpanArgument OptionalTensor(params nint[] shape) => TensorOf(12345.5f, Lengths.OrEmpty, shape);

    /// <summary>A tensor of any size, but not of any rank: the call's other sizes follow it.</summary>
    public static SpanArgument AnyTensor(params nint[] shape) => TensorOf(12345.5f, Lengths.AtLeastOne, shape);

    /// <summary>A tensor of places in a plane.</summary>
    public static SpanArgument IntTensor(params nint[] shape) => TensorOf(-77, Lengths.Exact, shape);

    public static SpanArgument Of<T>(Lengths legal, T canary, params T[] elements) => new(new Guarded<T>(elements, canary), legal);

    /// <summary>No elements, for a parameter that has a default.</summary>
    public static Guarded Empty(Type element) =>
        (Guarded)Activator.CreateInstance(typeof(Guarded<>).MakeGenericType(element), Array.CreateInstance(element, 0), Canary(element),
        null)!;

    public static bool Fits(Guarded elements, Type span) =>
        span.IsGenericType && elements.GetType().GetGenericArguments()[0] == span.GetGenericArguments()[0]
        && span.Name.Contains("Tensor", StringComparison.Ordinal) == elements.IsTensor;

    public static SpanArgument TensorOf<T>(T canary, Lengths legal, nint[] shape) =>
        new(new Guarded<T>(new T[(int)shape.Aggregate((a, b) => a * b)], canary, shape), legal);

    private static object? Canary(Type element) => element.IsValueType ? Activator.CreateInstance(element) : null;
}
