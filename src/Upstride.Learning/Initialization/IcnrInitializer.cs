using Upstride.Learning.Randomness;

namespace Upstride.Learning.Initialization;

internal sealed class IcnrInitializer(int scale, Initializer inner) : Initializer
{
    public override void FillWeight<T>(ReadOnlySpan<nint> shape, RandomSource random, Span<T> destination)
    {
        int copies = Copies(shape);
        RequireWeight(shape, random, destination.Length);
        nint[] innerShape = Inner(shape, copies);
        T[] weight = new T[destination.Length / copies];
        inner.FillWeight(innerShape, random, weight.AsSpan());
        if (weight.Length > 0) Repeat(weight, (int)(destination.Length / shape[0]), copies, destination);
    }

    public override void FillBias<T>(ReadOnlySpan<nint> weightShape, RandomSource random, Span<T> destination)
    {
        RequireBias(weightShape, random);
        int copies = Copies(weightShape);
        T[] bias = new T[destination.Length / copies];
        inner.FillBias(Inner(weightShape, copies), random, bias.AsSpan());
        Repeat(bias, 1, copies, destination);
    }

    // The shuffle takes the scale^axes pixels of one output channel from as many neighbouring channels of the convolution.
    private static void Repeat<T>(ReadOnlySpan<T> source, int length, int copies, Span<T> destination)
    {
        for (int place = 0; place < destination.Length; place += length)
            source.Slice(place / length / copies * length, length).CopyTo(destination[place..]);
    }

    private int Copies(ReadOnlySpan<nint> shape)
    {
        int copies = 1;
        for (int axis = 2; axis < shape.Length; axis++) copies = checked(copies * scale);
        if (shape.Length < 3 || shape[0] % copies != 0)
            throw new ArgumentException(
                $"shape is [{string.Join(", ", shape.ToArray())}], and ICNR needs [output channels, input channels, kernel...] with "
                    + $"output channels divisible by {scale}^{Math.Max(0, shape.Length - 2)} = {copies}", nameof(shape));
        return copies;
    }

    private static nint[] Inner(ReadOnlySpan<nint> shape, int copies) => [shape[0] / copies, .. shape[1..]];
}
