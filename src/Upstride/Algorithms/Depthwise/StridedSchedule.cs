using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// The integers of a convolution of single channels that steps two rows and two columns, or of a transposed one: planes are read where
/// they lie.
/// </summary>
internal sealed class StridedSchedule
{
    // 4 KB of results, and four times as much of the source, stay in the first cache until the epilogue has gone over them.
    private const int StripElements = 1024;

    // Of a transposed one the source is a quarter of the results.
    private const int TransposedStripElements = 4096;

    // Fitted to 3x3, 4x4 and 5x5 over planes of 14 to 160: cycles of a pair of vectors that is dealt, of a multiply-add, of two rows of
    // results beside, and of a plane.
    private const double PairCycles = 2.2;
    private const double TapCycles = 0.7;
    private const double RowsCycles = 8;
    private const double PlaneCycles = 150;

    // The same of a transposed one, fitted to 2x2 to 6x6 over planes of 9 to 128: of a multiply-add and of two rows of results.
    private const double TransposedTapCycles = 0.85;
    private const double TransposedRowsCycles = 9;

    private StridedSchedule(ConvTransposeGeometry geometry, bool isTransposed, SimdWidth width, int lanes)
    {
        IsTransposed = isTransposed;
        (_, Rows, Columns) = (geometry.ThreeAxes[0], geometry.ThreeAxes[1], geometry.ThreeAxes[2]);
        Width = width;
        Planes = geometry.Batch * geometry.Groups;
        Groups = geometry.Groups;
        RowsOfStrip = Math.Max(2, (isTransposed ? TransposedStripElements : StripElements) / WrittenColumns / 2 * 2);
        if (isTransposed)
        {
            double taps = 4.0 * Integers.DivideUp(Rows.Kernel, 2) * Integers.DivideUp(Columns.Kernel, 2);
            Cycles = Planes * (PlaneCycles + Integers.DivideUp(WrittenRows, 2) * (double)Integers.DivideUp(WrittenColumns, 2 * lanes)
                * (taps * TransposedTapCycles + TransposedRowsCycles));
            return;
        }
        double pairs = (Columns.Kernel + 1) / 2;
        double tile = (Rows.Kernel + 2) * pairs * PairCycles + 2.0 * Rows.Kernel * Columns.Kernel * TapCycles + RowsCycles;
        Cycles = Planes * (PlaneCycles + Integers.DivideUp(Rows.Input, 2) * (double)Integers.DivideUp(Columns.Input, lanes) * tile);
    }

    /// <summary>Whether it is the transposed convolution, whose planes become larger.</summary>
    public bool IsTransposed { get; }

    /// <summary>Rows of a plane that is read.</summary>
    public int ReadRows => IsTransposed ? Rows.Input : Rows.Output;

    /// <summary>Columns of a plane that is read.</summary>
    public int ReadColumns => IsTransposed ? Columns.Input : Columns.Output;

    /// <summary>Rows of a plane that is written.</summary>
    public int WrittenRows => IsTransposed ? Rows.Output : Rows.Input;

    /// <summary>Columns of a plane that is written.</summary>
    public int WrittenColumns => IsTransposed ? Columns.Output : Columns.Input;

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
    /// The schedule; null where it is no product of single channels by steps of two, the kernel is too wide or has gaps, channels are
    /// last, or rows of results are too short for vectors.
    /// </summary>
    public static StridedSchedule? For(ConvTransposeGeometry geometry, Pass pass, Type element, SimdWidth widest)
    {
        bool isTransposed = pass == Pass.Forward;
        if (pass == Pass.WeightGradient || element != typeof(float) || geometry.Layout != Layout.ChannelsFirst
            || geometry.InputChannelsPerGroup != 1 || geometry.OutputChannelsPerGroup != 1
            || geometry.ThreeAxes[0] is not { Input: 1, Output: 1, Kernel: 1 }
            || geometry.ThreeAxes[1] is not { Stride: 2, Dilation: 1 }
            || geometry.ThreeAxes[2] is not { Stride: 2, Dilation: 1, Kernel: var columns }
            || columns < StridedWindows.LeastColumns
            || columns > (isTransposed ? 2 * StridedPhases.MostTaps : StridedWindows.MostColumns))
            return null;
        foreach (SimdWidth width in (ReadOnlySpan<SimdWidth>)[SimdWidth.Bits512, SimdWidth.Bits256])
        {
            int lanes = WindowRows.Lanes<float>(width);
            bool fills = isTransposed ? 2 * lanes <= geometry.ThreeAxes[2].Output : lanes <= geometry.ThreeAxes[2].Input;
            if (width <= widest && StridedWindows.Has(width) && fills) return new(geometry, isTransposed, width, lanes);
        }
        return null;
    }
}
