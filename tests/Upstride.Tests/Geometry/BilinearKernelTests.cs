using Upstride.Geometry;

namespace Upstride.Tests.Geometry;

public class BilinearKernelTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    [InlineData(3, 5)]
    [InlineData(4, 8)]
    [InlineData(5, 9)]
    public void A_scale_has_its_taps(int scale, int taps) => Assert.Equal(taps, BilinearKernel.Taps(scale));

    [Theory]
    [InlineData(1, new[] { 1.0 })]
    [InlineData(3, new[] { 0.5, 1, 0.5 })]
    [InlineData(4, new[] { 0.25, 0.75, 0.75, 0.25 })]
    [InlineData(8, new[] { 0.125, 0.375, 0.625, 0.875, 0.875, 0.625, 0.375, 0.125 })]
    public void The_tent_falls_from_the_middle(int taps, double[] expected) => Assert.Equal(expected, BilinearKernel.Tent(taps));

    // Bilinear interpolation keeps a constant image: the taps of every phase sum to one, but for a rounding of each term.
    [Fact]
    public void The_taps_of_each_phase_sum_to_one()
    {
        for (int scale = 1; scale <= 9; scale++)
        {
            double[] tent = BilinearKernel.Tent(BilinearKernel.Taps(scale));
            for (int phase = 0; phase < scale; phase++)
                Assert.Equal(1, tent.Where((_, tap) => tap % scale == phase).Sum(), 4 * double.BitIncrement(1) - 4);
        }
    }

    [Fact]
    public void Several_axes_multiply_in_row_major_order()
    {
        float[] kernel = new float[12];
        BilinearKernel.Fill([3, 4], kernel);
        Assert.Equal([0.125f, 0.375f, 0.375f, 0.125f, 0.25f, 0.75f, 0.75f, 0.25f, 0.125f, 0.375f, 0.375f, 0.125f], kernel);
    }

    [Fact]
    public void Refusals_say_why()
    {
        void Refuses(string message, Action act) => Assert.Equal(message, Assert.Throws<GeometryException>(act).Message);
        Refuses("taps = 2*scale - scale % 2 = 2*2147483647 - 1 = 4294967293, more than an array's 2147483591: use a smaller scale",
            static () => BilinearKernel.Taps(int.MaxValue));
        Refuses("scale = 0, and must be at least 1", static () => BilinearKernel.Taps(0));
        Refuses("taps = -3, and must be at least 1", static () => BilinearKernel.Tent(-3));
        Refuses("destination holds 11 elements, and kernel [3, 4] needs 12", static () => BilinearKernel.Fill([3, 4], new float[11]));
        Refuses("kernel = -3, and must be at least 1", static () => BilinearKernel.Fill([-3, -4], new float[12]));
        Refuses("destination holds 0 elements, and kernel [] needs at least one axis", static () => BilinearKernel.Fill<float>([], []));
    }
}
