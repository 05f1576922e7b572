using System.Numerics;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient as dot products along the width: each element is the product of an input channel and an output channel's plane,
/// seen through a tap. Neither is transposed, so that few channels fill the vectors as well as many. Each element is summed by one
/// thread, block after block, so the result does not depend on the number of threads.
/// </summary>
internal sealed unsafe class PlaneWeightGradient<T> : PreparedWeightGradient<T>
    where T : unmanaged, INumber<T>
{
    private readonly PlaneWeightGradientSchedule _schedule;
    private readonly PolyphaseProblem _problem;
    private readonly BlockPacker<T> _pack;
    private readonly DotTile.Table<T> _table;
    private readonly nint[] _taps;
    private readonly nint[] _runs;
    private readonly int _threads;

    public PlaneWeightGradient(ConvTransposeGeometry geometry, ComputeSettings settings)
        : base(geometry)
    {
        _table = DotTile.At<T>(settings.Width);
        _schedule = new(geometry, sizeof(T), _table.Lanes, _table.TallRows,
            _table.ColumnsFor(geometry.InputChannelsPerGroup), settings.Threads);
        _problem = _schedule.Problem;
        _pack = new(_problem, new(
            _schedule.ChannelPitch, _schedule.PlanePitch, _schedule.SourceDepth, _schedule.SourceHeight, _schedule.Pitch, _schedule.Pitch,
                1, 1));
        _taps =
        [
            .. from t0 in Arrays.Range(0, _problem.Kernel[0])
               from t1 in Arrays.Range(0, _problem.Kernel[1])
               from t2 in Arrays.Range(0, _problem.Kernel[2])
               select _schedule.OffsetOf(t0, t1, t2),
        ];
        _runs =
        [
            .. from image in Arrays.Range(0, _schedule.BlockImages)
               from row in Arrays.Range(0, _schedule.Depth)
               select (nint)(image * _schedule.ChannelPitch * _schedule.OutputRange + (long)row * _schedule.SourceHeight * _schedule.Pitch),
        ];
        _threads = Math.Max(1, Math.Min(settings.Threads, _schedule.Items));
    }

    public override long WorkspaceBytes => _threads * sizeof(T) * (_schedule.OutputLength + _schedule.InputLength);

    public override string Details =>
        $"items of {_schedule.InputRange} x {_schedule.OutputRange} channels, blocks of {_schedule.BlockImages} images x "
        + $"{_schedule.Depth}x{_schedule.Height}x{_schedule.Width}";

    protected override TensorRun<T> CreateRun() => new Execution(this);

    // Channels that a fetch is ahead of the copy.
    private const int Ahead = 4;

    private sealed class Execution(PlaneWeightGradient<T> plan) : TensorRun<T>(plan._threads)
    {
        private readonly PlaneWeightGradient<T> _plan = plan;
        private readonly Workspace?[] _workspaces = new Workspace?[plan._threads];

        protected override int Items => _plan._schedule.Items;

        protected override void Execute(int item, int worker)
        {
            PlaneWeightGradientSchedule schedule = _plan._schedule;
            PolyphaseProblem problem = _plan._problem;
            Workspace workspace = _workspaces[worker] ??= new(schedule);
            int firstInput = item % schedule.InputRanges * schedule.InputRange;
            item /= schedule.InputRanges;
            int firstOutput = item % schedule.OutputRanges * schedule.OutputRange, group = item / schedule.OutputRanges;
            int inputs = Math.Min(schedule.InputRange, problem.DestinationChannels - firstInput);
            int outputs = Math.Min(schedule.OutputRange, problem.SourceChannels - firstOutput);
            T* input = Left + ((nint)group * problem.DestinationChannels + firstInput) * problem.Destination.Channel;
            T* output = Right + ((nint)group * problem.SourceChannels + firstOutput) * problem.Source.Channel;
            T* gradient =
                Destination + (nint)group * problem.WeightOfGroup + (nint)firstInput * problem.WeightOfDestination
                + (nint)firstOutput * problem.WeightOfSource;

            int places = schedule.BlocksOfDepth * schedule.BlocksOfHeight * schedule.BlocksOfWidth;
            for (int image = 0; image < problem.Batch; image += schedule.BlockImages)
            for (int index = 0; index < places; index++)
            {
                int images = Math.Min(schedule.BlockImages, problem.Batch - image);
                for (int n = 0; n < images; n++)
                {
                    var place = new BlockOrigin(problem, schedule, (image + n) * places + index);
                    _plan._pack.Pack(place, output, outputs, workspace.Output.Start + n * schedule.ChannelPitch * schedule.OutputRange);
                    PackInput(place, input, inputs, workspace.Input.Start + (nint)n * schedule.Depth * schedule.RunLength);
                }
                Multiply(new(problem, schedule, index), images, inputs, outputs, workspace, gradient, accumulate: image > 0 || index > 0);
            }
        }

        /// <summary>The input's rows at the pitch of the planes, zeros behind each row and behind the last.</summary>
        private void PackInput(in BlockOrigin place, T* input, int channels, T* buffer)
        {
            PlaneWeightGradientSchedule schedule = _plan._schedule;
            PolyphaseProblem problem = _plan._problem;
            int rows0 = Math.Min(schedule.Depth, problem.Axes[0].Longest - place.Depth);
            int rows1 = Math.Min(schedule.Height, problem.Axes[1].Longest - place.Height);
            int columns = Math.Min(schedule.Width, problem.Axes[2].Longest - place.Width);
            for (int channel = 0; channel < channels; channel++)
            for (int r0 = 0; r0 < rows0; r0++)
            {
                T* from = input + place.Image * problem.Destination.Image + channel * problem.Destination.Channel
                    + (place.Depth + r0) * problem.Destination.Depth + place.Height * problem.Destination.Height
                    + place.Width * problem.Destination.Width;
                // The processor's own fetching ends where a channel's rows do.
                if (problem.Destination.Width == 1 && channel < channels - Ahead)
                    RowCopy.Prefetch(from + Ahead * problem.Destination.Channel, (nint)(rows1 - 1) * problem.Destination.Height + columns);
                T* run = buffer + channel * schedule.RowPitch + (nint)r0 * schedule.RunLength, to = run;
                for (int r1 = 0; r1 < rows1; r1++, to += schedule.Pitch, from += problem.Destination.Height)
                {
                    RowCopy.Copy(from, problem.Destination.Width, to, 1, columns);
                    T* end = r1 < rows1 - 1 ? to + schedule.Pitch : run + schedule.RunLength;
                    RowCopy.Clear(to + columns, 1, (nint)(end - to) - columns);
                }
            }
        }

        /// <summary>Adds the products of one block to the item's part of the gradient.</summary>
        private void Multiply(in BlockOrigin place, int images, int inputs, int outputs, Workspace workspace, T* gradient, bool accumulate)
        {
            PlaneWeightGradientSchedule schedule = _plan._schedule;
            PolyphaseProblem problem = _plan._problem;
            int rows0 = Math.Min(schedule.Depth, problem.Axes[0].Longest - place.Depth);
            int rows1 = Math.Min(schedule.Height, problem.Axes[1].Longest - place.Height);

            // Runs of axis 0 that lie outside are left out where one image is all there is; else the few blocks at the end read zeros.
            int runs = images == 1 ? rows0 : images * schedule.Depth;
            int tiles = Integers.DivideUp(inputs, schedule.TileRows);
            fixed (nint* taps = _plan._taps)
            fixed (nint* starts = _plan._runs)
            {
                var arguments = new DotTile.Arguments<T>
                {
                    APitch = (nint)schedule.RowPitch,
                    ARun = schedule.RunLength,
                    Runs = starts,
                    RunCount = runs,
                    Vectors = Integers.DivideUp(schedule.RunOf(rows1), schedule.Lanes),
                    CPitch = problem.WeightOfDestination,
                    Accumulate = accumulate,
                };
                for (int tile = 0; tile < tiles; tile++)
                {
                    // Rows and columns fall into even tiles.
                    int first = tile * inputs / tiles, rows = (tile + 1) * inputs / tiles - first;
                    arguments.A = workspace.Input.Start + first * schedule.RowPitch;
                    for (int output = 0; output < outputs; output++)
                    {
                        arguments.B = workspace.Output.Start + output * schedule.ChannelPitch;
                        arguments.C = gradient + (nint)first * problem.WeightOfDestination + (nint)output * problem.WeightOfSource;
                        arguments.Columns = taps;
                        foreach (int columns in schedule.ColumnTiles)
                        {
                            _plan._table.Kernel(rows, columns)(&arguments);
                            arguments.Columns += columns;
                            arguments.C += columns;
                        }
                    }
                }
            }
        }
    }

    private sealed class Workspace
    {
        public Workspace(PlaneWeightGradientSchedule schedule)
        {
            Output = new(schedule.OutputLength);
            Input = new(schedule.InputLength);

            // Vectors reach behind the planes, where nothing is ever written: what they read there must be a number.
            Output.Span.Clear();
        }

        public AlignedBuffer<T> Output { get; }

        public AlignedBuffer<T> Input { get; }
    }
}
