namespace Upstride.Geometry;

/// <summary>
/// A resize along one axis as the sparse matrix that it is: <c>y[o] = sum over k of Weights[Offsets[o] + k] x[First[o] + k]</c> for k
/// below <c>Offsets[o + 1] - Offsets[o]</c>. What lies beyond a border is already folded onto the samples that stand for it.
/// </summary>
public sealed class ResizeTaps
{
    private readonly int[] _first;
    private readonly int[] _offsets;
    private readonly double[] _weights;

    private ResizeTaps(int input, int[] first, int[] offsets, double[] weights)
    {
        Input = input;
        _first = first;
        _offsets = offsets;
        _weights = weights;
        IsSelection = weights.Length == first.Length && weights.AsSpan().IndexOfAnyExcept(1.0) < 0;
        for (int o = 0; o < first.Length; o++) IsSelection &= offsets[o] == o;
    }

    /// <summary>Elements of the input.</summary>
    public int Input { get; }

    /// <summary>Elements of the output.</summary>
    public int Output => _first.Length;

    /// <summary>The first input of each output.</summary>
    public ReadOnlySpan<int> First => _first;

    /// <summary>Where each output's weights begin, and after them where the last one's end.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>The weights of all outputs, one output after another.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>Whether every output is one input as it is.</summary>
    public bool IsSelection { get; }

    /// <summary>The taps of <paramref name="axis"/> under <paramref name="method"/>.</summary>
    public static ResizeTaps Create(ResizeAxis axis, ResizeMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (method.Fault() is { } error) throw new GeometryException(error);
        if (axis.Output == 0 && !axis.IsIdentity)
            throw new GeometryException(new(nameof(axis),
                "axis = default(ResizeAxis), which has no size: make the axis by ToSize, ByRatio, ByScale, Matlab or Identity"));
        return new Maker(axis, method).Make(0, axis.Output);
    }

    /// <summary>The matrix of some outputs alone, over the inputs that they read.</summary>
    /// <param name="firstOutput">The first of them.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="firstInput">Which input becomes the first; none of the outputs reads one before it.</param>
    /// <param name="inputs">How many there are; none of the outputs reads one after them.</param>
    internal ResizeTaps Part(int firstOutput, int outputs, int firstInput, int inputs)
    {
        int start = _offsets[firstOutput];
        return new(
            inputs,
            Array.ConvertAll(_first[firstOutput..(firstOutput + outputs)], one => one - firstInput),
            Array.ConvertAll(_offsets[firstOutput..(firstOutput + outputs + 1)], one => one - start),
            _weights[start.._offsets[firstOutput + outputs]]);
    }

    /// <summary>The transposed matrix: from outputs back to inputs.</summary>
    public ResizeTaps Transpose()
    {
        var first = new int[Input];
        var end = new int[Input];
        Array.Fill(first, int.MaxValue);
        ForEach((o, i, _) =>
        {
            first[i] = Math.Min(first[i], o);
            end[i] = o + 1;
        });
        var offsets = new int[Input + 1];
        for (int i = 0; i < Input; i++)
        {
            if (end[i] == 0) first[i] = 0;
            offsets[i + 1] = checked(offsets[i] + end[i] - first[i]);
        }
        var weights = new double[offsets[Input]];
        ForEach((o, i, weight) => weights[offsets[i] + o - first[i]] = weight);
        return new(Output, first, offsets, weights);
    }

    private void ForEach(Action<int, int, double> visit)
    {
        for (int o = 0; o < Output; o++)
        {
            for (int k = _offsets[o]; k < _offsets[o + 1]; k++)
                if (_weights[k] != 0) visit(o, _first[o] + k - _offsets[o], _weights[k]);
        }
    }

    // Keys (1981), "Cubic convolution interpolation for digital image processing", equation 4 with free a; the triangle for linear.
    private static double Filter(ResizeMethod method, double x)
    {
        x = Math.Abs(x);
        if (method.Mode == ResizeMode.Linear) return Math.Max(0, 1 - x);
        double a = method.CubicCoefficient;
        return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1
            : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
            : 0;
    }

    /// <summary>Makes the taps of some outputs of a long axis at a time.</summary>
    internal sealed class Maker(ResizeAxis axis, ResizeMethod method)
    {
        private readonly double[] _row = new double[axis.Input];

        /// <summary>The taps of some outputs, over all inputs.</summary>
        public ResizeTaps Make(int first, int count)
        {
            var builder = new Builder(axis, count, _row);
            bool shrinks = axis.Scale < 1;
            bool normalize = method.Normalize || method.Border == ResizeBorder.Exclude || (method.Antialias && shrinks);
            double stretch = method.Antialias && shrinks ? 1 / axis.Scale : 1;
            for (int o = first; o < first + count; o++)
            {
                if (!axis.IsOutside(o))
                {
                    if (method.Mode == ResizeMode.Nearest)
                        builder.Add(axis.PositionOf(o).Nearest(method.Nearest, shrinks), 1, ResizeBorder.Replicate);
                    else if (method.Mode == ResizeMode.Area) builder.AddMean(axis.AreaOf(o));
                    else builder.AddFilter(axis.PositionOf(o), method, stretch);
                }
                builder.EndOutput(normalize && method.Mode is ResizeMode.Linear or ResizeMode.Cubic);
            }
            return builder.Build();
        }
    }

    // Collects the taps of one output after another; the row is all zeros before and after each.
    private sealed class Builder(ResizeAxis axis, int outputs, double[] row)
    {
        private readonly int[] _first = new int[outputs];
        private readonly int[] _offsets = new int[outputs + 1];
        private readonly List<double> _weights = [];
        private int _low = int.MaxValue;
        private int _high = -1;
        private int _output;

        public void Add(long input, double weight, ResizeBorder border)
        {
            int n = axis.Input;
            if (input < 0 || input >= n)
            {
                if (border == ResizeBorder.Exclude) return;
                if (border == ResizeBorder.Replicate)
                {
                    input = input < 0 ? 0 : n - 1;
                }
                else
                {
                    long period = 2L * n;
                    input = (input % period + period) % period;
                    if (input >= n) input = period - 1 - input;
                }
            }
            int i = (int)input;
            row[i] += weight;
            if (weight == 0) return;
            _low = Math.Min(_low, i);
            _high = Math.Max(_high, i);
        }

        public void AddMean((int First, int End) window)
        {
            for (int i = window.First; i < window.End; i++) Add(i, 1.0 / (window.End - window.First), ResizeBorder.Replicate);
        }

        public void AddFilter(ResizePosition position, ResizeMethod method, double stretch)
        {
            double reach = (method.Mode == ResizeMode.Linear ? 1 : 2) * stretch;
            long last = (long)Math.Floor(position.Fraction + reach);
            for (long k = (long)Math.Ceiling(position.Fraction - reach); k <= last; k++)
                Add(position.Floor + k, Filter(method, (k - position.Fraction) / stretch), method.Border);
        }

        public void EndOutput(bool normalize)
        {
            if (_high >= 0)
            {
                Span<double> window = row.AsSpan(_low, _high - _low + 1);
                double sum = 0;
                if (normalize)
                    foreach (double weight in window) sum += weight;
                // A filter whose lobes cancel over the few samples inside has no mean to speak of; its weights stay.
                foreach (double weight in window) _weights.Add(normalize && sum != 0 ? weight / sum : weight);
                window.Clear();
                _first[_output] = _low;
            }
            _offsets[++_output] = _weights.Count;
            _low = int.MaxValue;
            _high = -1;
        }

        public ResizeTaps Build() => new(axis.Input, _first, _offsets, [.. _weights]);
    }
}
