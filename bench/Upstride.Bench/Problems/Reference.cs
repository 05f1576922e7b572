namespace Upstride.Bench.Problems;

/// <summary>
/// The definition in double precision at a seeded sample of the outputs, and a bound for every output. A float32 sum of
/// R products errs by at most R epsilon sum|a b| to first order (Higham, Accuracy and Stability of Numerical Algorithms,
/// section 3.1); at the sample that sum is known, elsewhere it is bounded channel by channel.
/// </summary>
internal sealed class Reference
{
    private const double Epsilon = 1.0 / (1 << 23);

    // A few million products: a fraction of a second, and still hundreds of outputs for the longest reduction.
    private const long SampledProducts = 2_000_000;

    private readonly Workload _workload;
    private readonly long _reduction;
    private readonly (long Index, double Value, double Magnitude)[] _sample;
    private readonly double[] _channelBounds;

    // Sizes with leading axes of one added up to three.
    private readonly int[] _coarse, _fine, _kernel, _stride, _padding, _dilation;

    /// <summary>Evaluates the sample.</summary>
    public Reference(Workload workload)
    {
        this._workload = workload;
        var p = workload.Problem;
        int[] Three(int[] sizes, int fill) => [.. Enumerable.Repeat(fill, 3 - sizes.Length), .. sizes];
        (_coarse, _fine, _kernel) = (Three(p.Coarse, 1), Three(p.Fine, 1), Three(p.Kernel, 1));
        (_stride, _padding, _dilation) = (Three(p.Stride, 1), Three(p.Padding, 0), Three(p.Dilation, 1));
        _reduction = workload.Operation switch
        {
            Operation.Forward => p.CoarseChannels / p.Groups * Product([.. Enumerable.Range(0, 3).Select(a => (_kernel[a] + _stride[a] - 1) / _stride[a])]),
            Operation.WeightGradient => p.Batch * Product(_coarse),
            _ => p.FineChannels / p.Groups * Product(_kernel),
        };
        var count = Math.Min(workload.OutputLength, Math.Clamp(SampledProducts / _reduction, 200, 20_000));
        var random = new Random(4);
        _sample = new (long, double, double)[count];
        for (var i = 0; i < count; i++)
        {
            // Both ends are always looked at: there the crop is decided.
            var index = i == 0 ? 0 : i == 1 ? workload.OutputLength - 1 : random.NextInt64(workload.OutputLength);
            var (value, magnitude) = Evaluate(index);
            _sample[i] = (index, value, magnitude);
        }

        _channelBounds = BoundChannels();
    }

    /// <summary>What is wrong with a result, or null; <paramref name="worst"/> is its largest |error| / sum|a b| at the sample.</summary>
    public string? Check(ReadOnlySpan<float> output, out double worst)
    {
        worst = 0;
        if (output.Length != _workload.OutputLength) return $"has {output.Length} elements instead of {_workload.OutputLength}";
        foreach (var (index, value, magnitude) in _sample)
        {
            var error = Math.Abs(output[(int)index] - value);
            if (!(error <= _reduction * Epsilon * magnitude))
                return $"output {index} is {output[(int)index]:R}, expected {value:R} within {_reduction * Epsilon * magnitude:g3}";
            if (error > 0) worst = Math.Max(worst, error / magnitude);
        }

        return null;
    }

    /// <summary>Where two results differ by more than both may err, or null.</summary>
    public string? Compare(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var p = _workload.Problem;
        var area = (int)Product(_workload.Operation is Operation.Forward ? _fine : _workload.Operation is Operation.WeightGradient ? _kernel : _coarse);
        for (var start = 0; start < one.Length; start += area)
        {
            var tolerance = 2 * _reduction * Epsilon * _channelBounds[start / area % _channelBounds.Length];
            for (var i = start; i < start + area; i++)
                if (!(Math.Abs((double)one[i] - other[i]) <= tolerance))
                    return $"output {i} is {one[i]:R} against {other[i]:R}, more than {tolerance:g3} apart";
        }

        return null;
    }

    private (double Value, double Magnitude) Evaluate(long index)
    {
        var p = _workload.Problem;
        int coarseGroup = p.CoarseChannels / p.Groups, fineGroup = p.FineChannels / p.Groups;
        double value = 0, magnitude = 0;
        void Add(float a, float b)
        {
            value += (double)a * b;
            magnitude += Math.Abs((double)a * b);
        }

        if (_workload.Operation is Operation.WeightGradient)
        {
            var (channels, t) = Split(index, _kernel);
            int c = (int)(channels / fineGroup), f = c / coarseGroup * fineGroup + (int)(channels % fineGroup);
            var x = _workload.Coarse!.Span;
            var y = _workload.Fine!.Span;
            for (var n = 0; n < p.Batch; n++)
                foreach (var i in Positions(_coarse))
                    if (FineAt(i, t) is { } o)
                        Add(x[At(n, p.CoarseChannels, c, _coarse, i)], y[At(n, p.FineChannels, f, _fine, o)]);
            return (value, magnitude);
        }

        var forward = _workload.Operation is Operation.Forward;
        var (outer, position) = Split(index, forward ? _fine : _coarse);
        var outputs = forward ? p.FineChannels : p.CoarseChannels;
        int sampleIndex = (int)(outer / outputs), channel = (int)(outer % outputs);
        var group = channel / (forward ? fineGroup : coarseGroup);
        var data = _workload.Data.Span;
        var weight = _workload.Weight!.Span;
        foreach (var t in Positions(_kernel))
        {
            if ((forward ? CoarseAt(position, t) : FineAt(position, t)) is not { } from) continue;
            for (var c = 0; c < (forward ? coarseGroup : fineGroup); c++)
            {
                var (w, source) = forward
                    ? (At(group * coarseGroup + c, fineGroup, channel % fineGroup, _kernel, t), At(sampleIndex, p.CoarseChannels, group * coarseGroup + c, _coarse, from))
                    : (At(channel, fineGroup, c, _kernel, t), At(sampleIndex, p.FineChannels, group * fineGroup + c, _fine, from));
                Add(data[source], weight[w]);
            }
        }

        return (value, magnitude);
    }

    // sum|a b| <= max|a| sum|b| over all taps, per output channel.
    private double[] BoundChannels()
    {
        var p = _workload.Problem;
        static double Largest(ReadOnlySpan<float> values)
        {
            double largest = 0;
            foreach (var v in values) largest = Math.Max(largest, Math.Abs(v));
            return largest;
        }

        if (_workload.Operation is Operation.WeightGradient)
            return [_reduction * Largest(_workload.Coarse!.Span) * Largest(_workload.Fine!.Span)];
        var forward = _workload.Operation is Operation.Forward;
        var bounds = new double[forward ? p.FineChannels : p.CoarseChannels];
        int taps = (int)Product(_kernel), coarseGroup = p.CoarseChannels / p.Groups, fineGroup = p.FineChannels / p.Groups;
        var weight = _workload.Weight!.Span;
        for (var c = 0; c < p.CoarseChannels; c++)
            for (var f = 0; f < fineGroup; f++)
            {
                double sum = 0;
                foreach (var w in weight.Slice((c * fineGroup + f) * taps, taps)) sum += Math.Abs(w);
                bounds[forward ? c / coarseGroup * fineGroup + f : c] += sum;
            }

        var largest = Largest(_workload.Data.Span);
        for (var i = 0; i < bounds.Length; i++) bounds[i] *= largest;
        return bounds;
    }

    private int[]? FineAt(int[] i, int[] t)
    {
        var o = new int[3];
        for (var a = 0; a < 3; a++)
        {
            o[a] = i[a] * _stride[a] + t[a] * _dilation[a] - _padding[a];
            if (o[a] < 0 || o[a] >= _fine[a]) return null;
        }

        return o;
    }

    private int[]? CoarseAt(int[] o, int[] t)
    {
        var i = new int[3];
        for (var a = 0; a < 3; a++)
        {
            var offset = o[a] + _padding[a] - t[a] * _dilation[a];
            i[a] = offset / _stride[a];
            if (offset < 0 || offset % _stride[a] != 0 || i[a] >= _coarse[a]) return null;
        }

        return i;
    }

    private static long Product(ReadOnlySpan<int> sizes)
    {
        long product = 1;
        foreach (var size in sizes) product *= size;
        return product;
    }

    private static IEnumerable<int[]> Positions(int[] sizes)
    {
        for (var z = 0; z < sizes[0]; z++)
            for (var y = 0; y < sizes[1]; y++)
                for (var x = 0; x < sizes[2]; x++)
                    yield return [z, y, x];
    }

    private static (long Outer, int[] Position) Split(long index, int[] sizes)
    {
        var position = new int[3];
        for (var a = 2; a >= 0; a--)
            (index, position[a]) = (index / sizes[a], (int)(index % sizes[a]));
        return (index, position);
    }

    private static int At(int n, int channels, int channel, int[] sizes, int[] position) =>
        (((n * channels + channel) * sizes[0] + position[0]) * sizes[1] + position[1]) * sizes[2] + position[2];
}
