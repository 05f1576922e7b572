using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Tiles;
using Upstride.Algorithms.WeightGradient;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Point;

/// <summary>
/// The weight gradient of an input of one element: the product of [input channel, image] and [image, column], the columns of a group in
/// the order of its weights, written once.
/// </summary>
internal sealed unsafe class PointWeightGradient<T> : PreparedWeightGradient<T>
    where T : unmanaged, INumber<T>
{
    // Columns of an item: with the rows of a tile and the images of a small batch they stay in the first two caches.
    private const int ColumnsOfItem = 1024;

    private readonly GemmTileRun<T>[] _products;
    private readonly int[] _rows;
    private readonly int _columns;
    private readonly int _slack;
    private readonly int[] _places;
    private readonly int _threads;

    public PointWeightGradient(ConvTransposeGeometry geometry, ComputeSettings settings)
        : base(geometry, settings.Workspaces)
    {
        GemmTile.Table<T> table = GemmTile.At<T>(settings.Width);
        _products = GemmTileRun<T>.ByRows(table);
        _rows = Integers.EvenParts(geometry.InputChannelsPerGroup, table.TallRows);
        _columns = geometry.OutputChannelsPerGroup * geometry.KernelTaps;
        _slack = GemmTile.WideVectors * table.Lanes;
        _places = PlacesOf(geometry);
        Items = geometry.Groups * Integers.DivideUp(_columns, ColumnsOfItem);
        _threads = Math.Max(1, Math.Min(settings.Threads, Items));
    }

    private int Items { get; }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _threads * sizeof(T) * Workspace;

    /// <summary>Of a thread: the input packed for a group's tiles, an item's columns of every image, and a tile's results.</summary>
    private long Workspace => AlignedBuffer<T>.WholeLines(InputLength) + AlignedBuffer<T>.WholeLines(ColumnsLength)
        + AlignedBuffer<T>.WholeLines(ResultsLength);

    private long InputLength => (long)Geometry.InputChannelsPerGroup * Geometry.Batch;

    private long ColumnsLength => (long)Geometry.Batch * ItemPitch + _slack;

    private long ResultsLength => (long)(_products.Length - 1) * _slack;

    private int ItemPitch => Math.Min(_columns, ColumnsOfItem) + _slack;

    public override string Details => $"{_columns} columns of {Geometry.Batch} images";

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public static double Cycles(ConvTransposeGeometry geometry, GemmTileShape shape)
    {
        double columns = (double)geometry.OutputChannelsPerGroup * geometry.KernelTaps;
        double products = Integers.EvenParts(geometry.InputChannelsPerGroup, shape.TallRows)
            .Sum(rows => CostModel.Run(rows, 2, shape.Lanes, columns, geometry.Batch, aligned: true));
        return geometry.Groups * (products + CostModel.Pack(columns * geometry.Batch, geometry.Batch, 1, true, 1))
            + CostModel.WeightCycles((double)geometry.WeightLength * shape.ElementSize, 1, shape.Machine);
    }

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>For each weight of an input channel where the output gradient that it meets stands in an image's group, or -1.</summary>
    private static int[] PlacesOf(ConvTransposeGeometry geometry)
    {
        int outputs = geometry.OutputChannelsPerGroup, plane = geometry.OutputPlane;
        int[] taps = PointTaps.Of(geometry), places = new int[outputs * geometry.KernelTaps];
        Array.Fill(places, -1);
        for (int place = 0; place < taps.Length; place++)
        {
            for (int output = 0; output < outputs && taps[place] >= 0; output++)
            {
                places[output * geometry.KernelTaps + taps[place]] = geometry.Layout == Layout.ChannelsFirst
                    ? output * plane + place : place * geometry.OutputChannels + output;
            }
        }
        return places;
    }

    private sealed class Execution(PointWeightGradient<T> plan) : TensorRun<T>(plan._threads, plan.Workspace)
    {
        protected override int Items => plan.Items;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Execute(int item, int worker)
        {
            ConvTransposeGeometry geometry = plan.Geometry;
            int parts = Integers.DivideUp(plan._columns, ColumnsOfItem), pitch = plan.ItemPitch;
            (int group, int first) = (item / parts, item % parts * ColumnsOfItem);
            int here = Math.Min(ColumnsOfItem, plan._columns - first), inputs = geometry.InputChannelsPerGroup, batch = geometry.Batch;
            T* packed = WorkspaceOf(worker), columns = packed + AlignedBuffer<T>.WholeLines(plan.InputLength);
            T* results = columns + AlignedBuffer<T>.WholeLines(plan.ColumnsLength);

            // [tile of rows][image][row], which both layouts give by the same step: an input has one place.
            T* to = packed, input = Left + (nint)group * inputs;
            foreach (int rows in plan._rows)
            {
                for (int image = 0; image < batch; image++, to += rows)
                    RowCopy.Copy(input + (nint)image * geometry.InputChannels, 1, to, 1, rows);
                input += rows;
            }
            nint imageLength = geometry.OutputLength / batch, start = (nint)group * geometry.OutputChannelsPerGroup
                * (geometry.Layout == Layout.ChannelsFirst ? geometry.OutputPlane : 1);
            PlaceGather.Run(Right + start, imageLength, plan._places.AsSpan(first, here), columns, pitch, batch);

            nint zero = 0;
            var arguments = new GemmTile.Arguments<T>
            {
                A = packed, Offsets = &zero, OffsetCount = 1, Steps = batch, BStride = pitch,
                CPitch = plan._columns,
            };
            T* destination = Destination + (nint)group * inputs * plan._columns + first;
            foreach (int rows in plan._rows)
            {
                plan._products[rows].RunWithin(&arguments, columns, destination, here, results);
                arguments.A += (nint)rows * batch;
                destination += (nint)rows * plan._columns;
            }
        }
    }
}
