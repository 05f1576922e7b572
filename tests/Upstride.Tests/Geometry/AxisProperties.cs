using FsCheck;
using FsCheck.Fluent;
using Upstride.Geometry;
using static Upstride.Tests.Geometry.Definition;

namespace Upstride.Tests.Geometry;

/// <summary>What the exhaustive loops show of small axes, of random larger ones.</summary>
public class AxisProperties
{
    private static readonly Arbitrary<ConvTransposeAxis> Axes = (
        from n in Gen.Choose(1, 60)
        from k in Gen.Choose(1, 17)
        from s in Gen.Choose(1, 9)
        from d in Gen.Choose(1, 7)
        let full = (n - 1) * s + (k - 1) * d + 1
        from head in Gen.Choose(-s, full - 1)
        from tail in Gen.Choose(-s, Math.Max(-s, full - 1 - head))
        select ConvTransposeAxis.Create(n, k, s, d, head, tail)).ToArbitrary();

    [Fact]
    public void Phases_and_the_equivalent_convolution_make_the_values_of_the_definition() => Holds(1, axis =>
    {
        long[] x = Definition.Numbers(axis.Input, 5), w = Definition.Numbers(axis.Kernel, 7), y = ConvTranspose(axis, x, w);
        EquivalentConvolution equivalent = EquivalentConvolution.Of(axis);
        var phased = new long[axis.Output];
        foreach (Phase phase in axis.GetPhases())
            for (int step = 0; step < phase.Count; step++)
                phased[phase.FirstOutput + step * axis.Stride] = phase.Taps
                    .Where(tap => phase.First + step - tap.Shift >= 0 && phase.First + step - tap.Shift < axis.Input)
                    .Sum(tap => w[tap.Tap] * x[phase.First + step - tap.Shift]);
        return y.SequenceEqual(phased)
            && y.SequenceEqual(Correlate(Stretch(x, axis.Stride), [.. w.Reverse()], 1, axis.Dilation, equivalent.PaddingHead,
            equivalent.PaddingTail));
    });

    [Fact]
    public void Products_counted_by_output_by_input_and_by_tap_are_the_same() => Holds(2, axis =>
    {
        var byOutput = Enumerable.Range(0, axis.Output)
            .SelectMany(o => axis.ProductsOf(o).Select(product => (product.Input, product.Tap, Output: o))).Order();
        var byInput = Enumerable.Range(0, axis.Input)
            .SelectMany(i => axis.OutputsOf(i).Select(product => (Input: i, product.Tap, product.Output))).Order();
        var byTap = Enumerable.Range(0, axis.Kernel).SelectMany(t =>
        {
            (int first, int end) = axis.InputsThrough(t);
            return Enumerable.Range(first, end - first).Select(i => (Input: i, Tap: t, Output: axis.OutputOf(i, t)));
        }).Order();
        return byOutput.SequenceEqual(byInput) && byInput.SequenceEqual(byTap) && OverlapMap.Of(axis).ToArray().Sum() == byTap.Count();
    });

    [Fact]
    public void A_convolution_padded_by_the_crops_takes_the_output_back_to_the_input() => Holds(3, axis =>
        ConvTransposeAxis.OfConvolution(axis.Output, axis.Kernel, axis.Stride, axis.Dilation, axis.Head, axis.Tail) == axis);

    [Fact]
    public void A_shift_of_the_input_by_one_shifts_the_output_by_the_stride() => Holds(4, axis =>
    {
        long[] x = Definition.Numbers(axis.Input, 5), w = Definition.Numbers(axis.Kernel, 7);
        if (axis.Input < 2) return true;
        x[^1] = 0;
        long[] shifted = [0, .. x[..^1]];
        long[] y = ConvTranspose(axis, x, w), later = ConvTranspose(axis, shifted, w);
        return y.Length <= axis.Stride || y[..^axis.Stride].SequenceEqual(later[axis.Stride..]);
    });

    private static void Holds(ulong seed, Func<ConvTransposeAxis, bool> property) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true).WithReplay(seed, 2 * seed + 1),
        Prop.ForAll(Axes, property));
}
