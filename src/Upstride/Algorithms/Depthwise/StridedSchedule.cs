using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// The integers of a convolution of single channels that steps two rows and two columns, whose windows are read where the planes lie.
/// </summary>
internal sealed class StridedSchedule
{
    // 4 KB of results, and four times as much of the source, stay in the first cache until the epilogue has gone over them.
    private const int StripElements = 1024;

    // Fitted to 3x3, 4x4 and 5x5 over planes of 14 to 160: cycles of a pair of vectors that is dealt, of a multiply-add, of two rows of
    // results beside, and of a plane.
    private const double PairCycles = 2.2;
    private const double TapCycles = 0.7;
    private const double RowsCycles = 8;
    private const double PlaneCycles = 150;

    private StridedSchedule(ConvTransposeGeometry geometry, SimdWidth width, int lanes)
    {
        (_, Rows, Columns) = (geometry.ThreeAxes[0], geometry.ThreeAxes[1], geometry.ThreeAxes[2]);
        Width = width;
        Planes = geometry.Batch * geometry.Groups;
        Groups = geometry.Groups;
        RowsOfStrip = Math.Max(2, StripElements / Columns.Input / 2 * 2);
        double pairs = (Columns.Kernel + 1) / 2;
        double tile = (Rows.Kernel + 2) * pairs * PairCycles + 2.0 * Rows.Kernel * Columns.Kernel * TapCycles + RowsCycles;
        Cycles = Planes * (PlaneCycles + Integers.DivideUp(Rows.Input, 2) * (double)Integers.DivideUp(Columns.Input, lanes) * tile);
    }

    /// <summary>Down the plane.</summary>
    public ConvTransposeAxis Rows { get; }

    /// <summary>Along a row.</summary>
    public ConvTransposeAxis Columns { get; }

    /// <summary>The widest vectors that rows of results are not shorter than.</summary>
    public SimdWidth Width { get; }

    /// <summary>Planes of all images.</summary>
    public int Planes { get; }

    public int Groups { get; }

    /// <summary>Rows of results that are made before the epilogue goes over them; an even number.</summary>
    public int RowsOfStrip { get; }

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>
    /// The schedule; null where it is not a gradient of single channels by steps of two, the kernel is too wide or has gaps, channels are
    /// last, or rows are too short for vectors.
    /// </summary>
    public static StridedSchedule? For(ConvTransposeGeometry geometry, Pass pass, Type element, SimdWidth widest)
    {
        if (pass != Pass.InputGradient || element != typeof(float) || geometry.Layout != Layout.ChannelsFirst
            || geometry.InputChannelsPerGroup != 1 || geometry.OutputChannelsPerGroup != 1
            || geometry.ThreeAxes[0] is not { Input: 1, Output: 1, Kernel: 1 }
            || geometry.ThreeAxes[1] is not { Stride: 2, Dilation: 1 }
            || geometry.ThreeAxes[2] is not { Stride: 2, Dilation: 1, Kernel: var columns }
            || columns is < StridedWindows.LeastColumns or > StridedWindows.MostColumns)
            return null;
        foreach (SimdWidth width in (ReadOnlySpan<SimdWidth>)[SimdWidth.Bits512, SimdWidth.Bits256])
        {
            int lanes = WindowRows.Lanes<float>(width);
            if (width <= widest && StridedWindows.Has(width) && lanes <= geometry.ThreeAxes[2].Input) return new(geometry, width, lanes);
        }
        return null;
    }
}
