using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// An input of one element along every axis, as a generator begins with: the output is a product of the input's channels and the weights,
/// which are streamed once in the order of the output. Memory's speed is the limit, and the weights are all there is to read.
/// </summary>
internal sealed class PointInput : IAlgorithm
{
    public string Name => "point";

    public string? Refusal(ConvTransposeGeometry geometry, Pass pass, Type element) =>
        element != typeof(float) && element != typeof(double) ? $"the elements are {element.Name}, and it computes float and double"
        : pass != Pass.Forward ? "it computes the forward pass alone"
        : geometry.Axes.Any(static axis => axis.Input > 1) ? $"the input is {string.Join('x', geometry.Axes.Select(static axis => axis.Input))}, and it takes one element along every axis"
        : null;

    public double EstimateCycles(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings settings)
    {
        int size = element == typeof(float) ? sizeof(float) : sizeof(double);
        double bytes = (double)geometry.InputChannels * geometry.OutputChannelsPerGroup * geometry.OutputPlane * size;
        ProductTileShape shape = ProductTileShape.Of(element, settings.Width);
        double columns = (double)geometry.OutputChannelsPerGroup * geometry.OutputPlane;
        double products = geometry.Groups * PhaseSchedule.Split(Math.Max(1, geometry.Batch), shape.WideRows)
            .Sum(rows => ProductCost.Run(rows, ProductTile.WideVectors, shape.Lanes, columns, geometry.InputChannelsPerGroup, aligned: true));
        return products + ProductCost.WeightCycles(bytes, 1);
    }

    public PreparedAlgorithm<T> Prepare<T>(
        ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        where T : INumber<T> => typeof(T) == typeof(float)
            ? (PreparedAlgorithm<T>)(object)new Prepared<float>(geometry, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue, settings)
            : (PreparedAlgorithm<T>)(object)new Prepared<double>(geometry, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue, settings);

    private sealed unsafe class Prepared<T> : ParallelAlgorithm<T>
        where T : unmanaged, INumber<T>
    {
        private readonly ConvTransposeGeometry _geometry;
        private readonly Epilogue<T> _epilogue;
        private readonly AlignedBuffer<T> _weights;
        private readonly nint[] _kernels;
        private readonly int _columns;
        private readonly int _tile;
        private readonly int _tiles;
        private readonly int _threads;
        private readonly int[] _taps;

        public Prepared(ConvTransposeGeometry geometry, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        {
            ProductTile.Table<T> table = ProductTile.At<T>(settings.Width);
            _geometry = geometry;
            _epilogue = epilogue;
            _kernels = [.. Enumerable.Range(1, table.WideRows).Select(rows => (nint)table.Kernel(rows, ProductTile.WideVectors))];
            _tile = ProductTile.WideVectors * table.Lanes;
            _columns = geometry.OutputChannelsPerGroup * geometry.OutputPlane;
            _tiles = (_columns + _tile - 1) / _tile;
            _weights = new((long)geometry.InputChannels * _tiles * _tile);
            _taps = Taps();
            SetWeight(weight);

            // A thread is worth its start where it has about 50,000 elements of weights to read.
            _threads = (int)Math.Clamp(Math.Min(settings.Threads, _weights.Length / 50_000), 1, _tiles * geometry.Groups);
        }

        public override long WorkspaceBytes =>
            sizeof(T) * ((long)_geometry.InputChannels * _geometry.Batch + (long)_threads * _kernels.Length * _tile);

        public override long WeightBytes => _weights.Length * sizeof(T);

        public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
        {
            base.Run(left, right, destination);
            _epilogue.Apply(_geometry, Pass.Forward, destination, right);
        }

        protected override TensorWork<T> CreateWork() => new Execution(this);

        /// <summary>[group][tile of columns][input channel][column]; the columns of a group in the order of its outputs, zeros where no tap reaches.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void SetWeight(ReadOnlySpan<T> weight)
        {
            int[] taps = _taps;
            int inputs = _geometry.InputChannelsPerGroup, outputs = _geometry.OutputChannelsPerGroup, plane = _geometry.OutputPlane, count = _geometry.KernelTaps;
            bool channelsFirst = _geometry.Layout == Layout.ChannelsFirst;
            bool whole = channelsFirst && plane == count && taps.Select(static (tap, o) => tap == o).All(static same => same);
            fixed (T* weights = weight)
            {
                for (int group = 0; group < _geometry.Groups; group++)
                for (int tile = 0; tile < _tiles; tile++)
                for (int input = 0; input < inputs; input++)
                {
                    T* to = _weights.Start + (((long)group * _tiles + tile) * inputs + input) * _tile;
                    T* from = weights + (long)(group * inputs + input) * outputs * count;
                    int first = tile * _tile, here = Math.Min(_tile, _columns - first);
                    Rows.Clear(to + here, 1, _tile - here);
                    if (whole)
                    {
                        Rows.Copy(from + first, 1, to, 1, here);
                        continue;
                    }
                    for (int c = 0; c < here; c++)
                    {
                        (int output, int place) = channelsFirst ? ((first + c) / plane, (first + c) % plane) : ((first + c) % outputs, (first + c) / outputs);
                        to[c] = taps[place] < 0 ? T.Zero : from[output * count + taps[place]];
                    }
                }
            }
        }

        /// <summary>For each place of the output the tap that reaches it from the one input, or -1.</summary>
        private int[] Taps()
        {
            int[] taps = [0];
            foreach (ConvTransposeAxis axis in _geometry.Axes)
            {
                taps =
                [
                    .. from outer in taps
                       from output in Enumerable.Range(0, axis.Output)
                       let inner = axis.ProductsOf(output).Select(static product => product.Tap).DefaultIfEmpty(-1).First()
                       select outer < 0 || inner < 0 ? -1 : outer * axis.Kernel + inner,
                ];
            }
            return taps;
        }

        private sealed class Execution(Prepared<T> plan) : TensorWork<T>(plan._threads)
        {
            private readonly AlignedBuffer<T> _packed = new((long)plan._geometry.InputChannels * plan._geometry.Batch);
            private readonly AlignedBuffer<T> _results = new((long)plan._threads * plan._kernels.Length * plan._tile);

            protected override int Items => plan._tiles * plan._geometry.Groups;

            protected override void Begin()
            {
                int inputs = plan._geometry.InputChannels;

                // [tile of images][input channel][image], which both layouts give by the same step: an input has one place.
                foreach ((int first, int count) in Images())
                    for (int image = 0; image < count; image++)
                        Rows.Copy(Left + (nint)(first + image) * inputs, 1, _packed.Start + (nint)first * inputs + image, count, inputs);
            }

            protected override void Execute(int item, int worker)
            {
                int inputs = plan._geometry.InputChannelsPerGroup;
                (int group, int tile) = (item / plan._tiles, item % plan._tiles);
                T* result = _results.Start + (nint)worker * plan._kernels.Length * plan._tile;
                nint zero = 0;
                var arguments = new ProductTile.Arguments<T>
                {
                    B = plan._weights.Start + (long)item * inputs * plan._tile,
                    C = result,
                    Offsets = &zero,
                    OffsetCount = 1,
                    Steps = inputs,
                    BStride = plan._tile,
                    CPitch = plan._tile,
                };
                int here = Math.Min(plan._tile, plan._columns - tile * plan._tile);
                foreach ((int first, int count) in Images())
                {
                    arguments.A = _packed.Start + (nint)first * plan._geometry.InputChannels + (nint)group * inputs * count;
                    ((delegate*<ProductTile.Arguments<T>*, void>)plan._kernels[count - 1])(&arguments);
                    for (int image = 0; image < count; image++) Write(result + image * plan._tile, first + image, group, tile * plan._tile, here);
                }
            }

            /// <summary>Columns of a group to their places; with several groups and the channels last these are not neighbours.</summary>
            private void Write(T* result, int image, int group, int first, int count)
            {
                T* destination = Destination + (nint)image * plan._geometry.OutputChannels * plan._geometry.OutputPlane;
                if (plan._geometry.Groups == 1 || plan._geometry.Layout == Layout.ChannelsFirst)
                {
                    Rows.Copy(result, 1, destination + (nint)group * plan._columns + first, 1, count);
                    return;
                }
                int outputs = plan._geometry.OutputChannelsPerGroup;
                for (int c = 0; c < count; c++)
                {
                    (int place, int output) = ((first + c) / outputs, (first + c) % outputs);
                    destination[(nint)place * plan._geometry.OutputChannels + group * outputs + output] = result[c];
                }
            }

            private TileRange Images() => new(plan._geometry.Batch, plan._kernels.Length);
        }
    }

    /// <summary>Parts of a number, of at most so many each, without allocating.</summary>
    private struct TileRange(int total, int most)
    {
        private int _next;

        public (int First, int Count) Current { get; private set; }

        public readonly TileRange GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_next >= total) return false;
            Current = (_next, Math.Min(most, total - _next));
            _next += Current.Count;
            return true;
        }
    }
}
