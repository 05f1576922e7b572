using Upstride.Geometry;

namespace Upstride.Algorithms.Point;

/// <summary>Which tap of the kernel makes which place of the output, where the input has one.</summary>
internal static class PointTaps
{
    /// <summary>For each place of the output the tap that reaches it from the one input, or -1.</summary>
    public static int[] Of(ConvTransposeGeometry geometry)
    {
        int[] taps = [0];
        foreach (ConvTransposeAxis axis in geometry.Axes)
        {
            taps =
            [
                .. from outer in taps
                   from output in Arrays.Range(0, axis.Output)
                   let inner = axis.ProductsOf(output).Select(static product => product.Tap).DefaultIfEmpty(-1).First()
                   select outer < 0 || inner < 0 ? -1 : outer * axis.Kernel + inner,
            ];
        }
        return taps;
    }
}
