using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>A linear map along one axis: each element of the output is a weighted sum of a few of the input.</summary>
internal sealed class AxisTaps
{
    private readonly int[] _starts;
    private readonly int[] _places;
    private readonly double[] _weights;
    private AxisTaps? _transposed;

    private AxisTaps(int input, int[] starts, int[] places, double[] weights)
    {
        Input = input;
        (_starts, _places, _weights) = (starts, places, weights);
    }

    /// <summary>Elements that go in.</summary>
    public int Input { get; }

    /// <summary>Elements that come out.</summary>
    public int Output => _starts.Length - 1;

    /// <summary>The transposed map, which is its gradient.</summary>
    public AxisTaps Transposed => _transposed ??= Transpose();

    /// <summary>The map of which each output's taps are listed.</summary>
    /// <param name="input">Elements that go in.</param>
    /// <param name="rows">For each output, places of the input and their weights.</param>
    public static AxisTaps Create(int input, IEnumerable<IEnumerable<(int Place, double Weight)>> rows)
    {
        List<int> starts = [0], places = [];
        var weights = new List<double>();
        foreach (IEnumerable<(int Place, double Weight)> row in rows)
        {
            foreach ((int place, double weight) in row)
            {
                places.Add(place);
                weights.Add(weight);
            }
            starts.Add(places.Count);
        }
        return new(input, [.. starts], [.. places], [.. weights]);
    }

    /// <summary>The sum of one output, from and to rows of so many elements that lie side by side.</summary>
    public void Apply<T>(int output, int inner, ReadOnlySpan<T> source, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        destination.Clear();
        for (int tap = _starts[output]; tap < _starts[output + 1]; tap++)
        {
            T weight = T.CreateTruncating(_weights[tap]);
            ReadOnlySpan<T> row = source.Slice(_places[tap] * inner, inner);
            if (inner == 1) destination[0] += row[0] * weight;
            else if (weight == T.One) TensorPrimitives.Add(destination, row, destination);
            else TensorPrimitives.MultiplyAdd(row, weight, destination, destination);
        }
    }

    private AxisTaps Transpose()
    {
        var rows = new List<(int Place, double Weight)>[Input];
        for (int i = 0; i < Input; i++) rows[i] = [];
        for (int output = 0; output < Output; output++)
            for (int tap = _starts[output]; tap < _starts[output + 1]; tap++)
                rows[_places[tap]].Add((output, _weights[tap]));
        AxisTaps transposed = Create(Output, rows);
        transposed._transposed = this;
        return transposed;
    }
}

/// <summary>A linear map along one axis of a tensor; its gradient is the transposed map.</summary>
internal sealed class AxisMap<T> : Operation<T>, IBlocks
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisTaps _taps;
    private readonly int _axis;
    private readonly AxisGroups _groups;

    private AxisMap(Variable<T> x, int axis, AxisTaps taps)
        : base(x)
    {
        _taps = taps;
        _axis = axis;
        _groups = AxisGroups.OfAxes(x.Shape.AsSpan(), axis, axis + 1);
        Output = Tape.Result(this, x.Shape.SetItem(axis, taps.Output));
        Tape.Runner.Run(this, _groups.Outer);
    }

    public static Variable<T> Run(Variable<T> x, int axis, AxisTaps taps) => new AxisMap<T>(x, axis, taps).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Run(gradient, _axis, _taps.Transposed));
    }

    public void RunBlock(int block)
    {
        int inner = _groups.Inner;
        ReadOnlySpan<T> source = Inputs[0].Elements.Slice(block * _taps.Input * inner, _taps.Input * inner);
        Span<T> destination = Output.Elements.Slice(block * _taps.Output * inner, _taps.Output * inner);
        for (int output = 0; output < _taps.Output; output++)
            _taps.Apply(output, inner, source, destination.Slice(output * inner, inner));
    }
}
