using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Point;

/// <summary>
/// The product of <see cref="PointAlgorithm"/>, by weights that are read once: forward [group][tile of columns][input channel][column], in
/// four streams side by side, of which memory gives more than of one; for the gradient [input channel][column]; the columns of a group in
/// the order of its outputs, zeros where no tap reaches.
/// </summary>
internal sealed unsafe class PointProduct<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private const int Streams = 4;
    private readonly ConvTransposeGeometry _geometry;
    private readonly Pass _pass;
    private readonly Epilogue<T> _epilogue;
    private readonly AlignedBuffer<T> _weights;
    private readonly int[] _taps;
    private readonly nint[] _wide;
    private readonly DotTile.Table<T> _dots;
    private readonly int _lanes;
    private readonly int _columns;
    private readonly int _tile;
    private readonly int _pitch;
    private readonly int _items;
    private readonly int _threads;

    public PointProduct(ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
    {
        GemmTile.Table<T> table = GemmTile.At<T>(settings.Width);
        _geometry = geometry;
        _pass = pass;
        _epilogue = epilogue;
        _wide = [.. Arrays.Range(1, table.WideRows).Select(rows => (nint)table.Kernel(rows, GemmTile.WideVectors))];
        _dots = DotTile.At<T>(settings.Width);
        _lanes = table.Lanes;
        _columns = geometry.OutputChannelsPerGroup * geometry.OutputPlane;

        // Whole tiles, so that none reads into the next row; six vectors are never a power of two, for which rows would compete in a cache.
        _tile = GemmTile.WideVectors * _lanes;
        _pitch = Integers.DivideUp(_columns, _tile) * _tile;
        _taps = PointTaps.Of(geometry);
        _weights = AlignedBuffer<T>.InOrder((long)geometry.InputChannels * _pitch);
        SetWeight(weight);
        _items = geometry.Groups * (pass == Pass.Forward
            ? _pitch / _tile
            : Integers.DivideUp(geometry.InputChannelsPerGroup, RowsOfItem));

        // A thread is worth its start where it has about 50,000 elements of weights to read.
        _threads = (int)Math.Clamp(Math.Min(settings.Threads, _weights.Length / 50_000), 1, _items);
    }

    public override long WorkspaceBytes => sizeof(T) * (_pass == Pass.Forward
        ? (long)_geometry.InputChannels * _geometry.Batch + (long)_threads * _wide.Length * _tile
        : (long)_geometry.Groups * _geometry.Batch * _pitch + (long)_threads * RowsOfItem * DotTile.MaxColumns);

    public override long WeightBytes => _weights.Length * sizeof(T);

    /// <summary>Input channels of an item of the gradient: some tiles of them.</summary>
    private int RowsOfItem => 4 * _dots.Rows;

    public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
    {
        base.Run(left, right, destination);
        _epilogue.Apply(_geometry, _pass, destination, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        int outputs = _geometry.OutputChannelsPerGroup, plane = _geometry.OutputPlane, count = _geometry.KernelTaps;
        bool channelsFirst = _geometry.Layout == Layout.ChannelsFirst;
        bool whole = (channelsFirst || plane == 1 || outputs == 1) && plane == count
            && _taps.Select(static (tap, o) => tap == o).All(static same => same);
        fixed (T* weights = weight)
        {
            for (int input = 0; input < _geometry.InputChannels; input++)
            for (int first = 0; first < _pitch; first += _tile)
            {
                T* to = TileOf(input, first), from = weights + (long)input * outputs * count;
                int here = Math.Min(_tile, _columns - first);
                RowCopy.Clear(to + here, 1, _tile - here);
                if (whole)
                {
                    RowCopy.Copy(from + first, 1, to, 1, here);
                    continue;
                }
                for (int c = 0; c < here; c++)
                {
                    (int output, int place) =
                        channelsFirst ? ((first + c) / plane, (first + c) % plane) : ((first + c) % outputs, (first + c) / outputs);
                    to[c] = _taps[place] < 0 ? T.Zero : from[output * count + _taps[place]];
                }
            }
        }
    }

    protected override TensorRun<T> CreateRun() => _pass == Pass.Forward ? new Forward(this) : new Gradient(this);

    /// <summary>The weights of an input channel to a tile of columns.</summary>
    private T* TileOf(int input, int column)
    {
        if (_pass == Pass.InputGradient) return _weights.Start + (long)input * _pitch + column;
        int inputs = _geometry.InputChannelsPerGroup, group = input / inputs;
        return _weights.Start + (long)group * inputs * _pitch + (long)column * inputs + (long)(input % inputs) * _tile;
    }

    /// <summary>Whether a group's columns are stored side by side in the output.</summary>
    private bool IsContiguous => _geometry.Groups == 1 || _geometry.Layout == Layout.ChannelsFirst;

    /// <summary>Where a column of a group is in an image's output.</summary>
    private nint PlaceOf(int group, int column)
    {
        int outputs = _geometry.OutputChannelsPerGroup;
        return IsContiguous
            ? (nint)group * _columns + column : (nint)(column / outputs) * _geometry.OutputChannels + group * outputs + column % outputs;
    }

    private TileRange Images(int most) => new(_geometry.Batch, most);

    /// <summary>Input to output: the sums of a tile of columns over all input channels.</summary>
    private sealed class Forward(PointProduct<T> plan) : TensorRun<T>(plan._threads)
    {
        private readonly AlignedBuffer<T> _packed = new((long)plan._geometry.InputChannels * plan._geometry.Batch);
        private readonly AlignedBuffer<T> _results = new((long)plan._threads * plan._wide.Length * plan._tile);

        protected override int Items => plan._items;

        protected override void Begin()
        {
            // [tile of images][group][step][stream][image] and then [rest][image], which both layouts give by the same step: an input has
            // one place.
            int inputs = plan._geometry.InputChannelsPerGroup, steps = inputs / Streams, rest = inputs % Streams;
            foreach ((int first, int count) in plan.Images(plan._wide.Length))
                for (int group = 0; group < plan._geometry.Groups; group++)
                    for (int image = 0; image < count; image++)
                    {
                        T* from = Left + (nint)(first + image) * plan._geometry.InputChannels + (nint)group * inputs;
                        T* to = PackedOf(first, group, count) + image;
                        for (int stream = 0; stream < Streams; stream++)
                            RowCopy.Copy(from + (nint)stream * steps, 1, to + (nint)stream * count, (nint)Streams * count, steps);
                        RowCopy.Copy(from + inputs - rest, 1, to + (nint)(inputs - rest) * count, count, rest);
                    }
        }

        protected override void Execute(int item, int worker)
        {
            int inputs = plan._geometry.InputChannelsPerGroup, tiles = plan._pitch / plan._tile, steps = inputs / Streams;
            (int group, int column) = (item / tiles, item % tiles * plan._tile);
            T* results = _results.Start + (nint)worker * plan._wide.Length * plan._tile;
            nint* streams = stackalloc nint[Streams];
            for (int stream = 0; stream < Streams; stream++) streams[stream] = (nint)stream * steps * plan._tile;
            T* weights = plan.TileOf(group * inputs, column);
            int here = Math.Min(plan._tile, plan._columns - column);
            foreach ((int first, int count) in plan.Images(plan._wide.Length))
            {
                var arguments = new GemmTile.Arguments<T>
                {
                    A = PackedOf(first, group, count), B = weights, C = results, Offsets = streams, OffsetCount = Streams, Steps = steps,
                    BStride = plan._tile, CPitch = plan._tile,
                };
                var product = (delegate*<GemmTile.Arguments<T>*, void>)plan._wide[count - 1];
                product(&arguments);
                arguments.A += (nint)steps * Streams * count;
                arguments.B += (nint)steps * Streams * plan._tile;
                (arguments.OffsetCount, arguments.Steps, arguments.Accumulate) = (1, inputs % Streams, true);
                if (arguments.Steps > 0) product(&arguments);
                for (int image = 0; image < count; image++) Write(results + (nint)image * plan._tile, first + image, group, column, here);
            }
        }

        // The input channels of a group and a tile of images.
        private T* PackedOf(int firstImage, int group, int images) => _packed.Start
            + (nint)firstImage * plan._geometry.InputChannels + (nint)group * plan._geometry.InputChannelsPerGroup * images;

        private void Write(T* result, int image, int group, int first, int count)
        {
            T* destination = Destination + (nint)image * plan._geometry.OutputLength / plan._geometry.Batch;
            if (plan.IsContiguous) RowCopy.Copy(result, 1, destination + plan.PlaceOf(group, first), 1, count);
            else
            {
                for (int c = 0; c < count; c++) destination[plan.PlaceOf(group, first + c)] = result[c];
            }
        }
    }

    /// <summary>Output gradient to input gradient: a dot product of each input channel's row of weights and each image.</summary>
    private sealed class Gradient : TensorRun<T>
    {
        private readonly PointProduct<T> _plan;
        private readonly AlignedBuffer<T> _outputs;
        private readonly AlignedBuffer<T> _results;

        public Gradient(PointProduct<T> plan)
            : base(plan._threads)
        {
            _plan = plan;
            _outputs = new((long)plan._geometry.Groups * plan._geometry.Batch * plan._pitch);
            _results = new((long)plan._threads * plan.RowsOfItem * DotTile.MaxColumns);

            // Behind the columns stand zeros for good.
            _outputs.Span.Clear();
        }

        protected override int Items => _plan._items;

        protected override void Begin()
        {
            // [group][image][column]
            nint length = _plan._geometry.OutputLength / Math.Max(1, _plan._geometry.Batch);
            T* to = _outputs.Start;
            for (int group = 0; group < _plan._geometry.Groups; group++)
            for (int image = 0; image < _plan._geometry.Batch; image++, to += _plan._pitch)
            {
                T* from = Left + image * length;
                if (_plan.IsContiguous) RowCopy.Copy(from + _plan.PlaceOf(group, 0), 1, to, 1, _plan._columns);
                else
                {
                    for (int c = 0; c < _plan._columns; c++) to[c] = from[_plan.PlaceOf(group, c)];
                }
            }
        }

        protected override void Execute(int item, int worker)
        {
            int inputs = _plan._geometry.InputChannelsPerGroup, most = _plan.RowsOfItem, parts = Integers.DivideUp(inputs, most);
            (int group, int firstInput) = (item / parts, item % parts * most);
            int rows = Math.Min(most, inputs - firstInput), tiles = Integers.DivideUp(rows, _plan._dots.Rows);
            T* results = _results.Start + (nint)worker * most * DotTile.MaxColumns;
            nint* images = stackalloc nint[DotTile.MaxColumns];
            for (int k = 0; k < DotTile.MaxColumns; k++) images[k] = (nint)k * _plan._pitch;
            nint zero = 0;
            var arguments = new DotTile.Arguments<T>
            {
                APitch = _plan._pitch, Columns = images, Runs = &zero, RunCount = 1,
                Vectors = Integers.DivideUp(_plan._columns, _plan._lanes), CPitch = DotTile.MaxColumns,
            };
            foreach ((int first, int count) in _plan.Images(DotTile.MaxColumns))
            {
                arguments.B = _outputs.Start + ((nint)group * _plan._geometry.Batch + first) * _plan._pitch;
                for (int tile = 0; tile < tiles; tile++)
                {
                    int row = tile * rows / tiles;
                    arguments.A = _plan._weights.Start + ((nint)group * inputs + firstInput + row) * _plan._pitch;
                    arguments.C = results + row * DotTile.MaxColumns;
                    _plan._dots.Kernel((tile + 1) * rows / tiles - row, count)(&arguments);
                }
                for (int image = 0; image < count; image++)
                    RowCopy.Copy(results + image, DotTile.MaxColumns,
                        Destination + (nint)(first + image) * _plan._geometry.InputChannels + group * inputs + firstInput, 1, rows);
            }
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
