using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Operations;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>How the weights that a layer uses are computed from its parameters.</summary>
public abstract class WeightParametrization<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private protected WeightParametrization(Parameter<T> weight) => Weight = weight;

    /// <summary>PyTorch's name of it.</summary>
    public abstract string Name { get; }

    private protected Parameter<T> Weight { get; }

    /// <summary>The weights that the layer uses.</summary>
    internal abstract Variable<T> Compute(Tape<T> tape, bool isTraining);

    /// <summary>Begins anew with weights that were drawn.</summary>
    internal abstract void Begin(RandomSource random);
}

/// <summary>The weights divided by their largest singular value, as a matrix of one axis by all others.</summary>
public sealed class SpectralNorm<T> : WeightParametrization<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _axis, _iterations;
    private readonly double _epsilon;

    internal SpectralNorm(Parameter<T> weight, int axis, int iterations, double epsilon)
        : base(weight)
    {
        (_axis, _iterations, _epsilon) = (axis, iterations, epsilon);
        nint rows = weight.Shape[axis];
        Left = new([rows], requiresGradient: false);
        Right = new([weight.Length / rows], requiresGradient: false);
    }

    /// <inheritdoc/>
    public override string Name => "spectral_norm";

    /// <summary>The left singular vector, as far as it is known.</summary>
    public Parameter<T> Left { get; }

    /// <summary>The right one.</summary>
    public Parameter<T> Right { get; }

    /// <summary>Draws the vectors.</summary>
    internal void Draw(RandomSource random)
    {
        random.FillNormal(0, 1, Left.Values);
        random.FillNormal(0, 1, Right.Values);
        Normalize(Left.Values);
        Normalize(Right.Values);
    }

    internal override void Begin(RandomSource random) => Draw(random);

    internal override Variable<T> Compute(Tape<T> tape, bool isTraining)
    {
        int rows = Left.Length, columns = Right.Length;
        Variable<T> weight = tape.Attach(Weight), matrix = weight;
        if (_axis != 0)
        {
            int[] axes = [_axis, .. Enumerable.Range(0, Weight.Shape.Length).Where(axis => axis != _axis)];
            matrix = Functions.Permute(weight, axes);
        }
        if (isTraining)
            for (int i = 0; i < _iterations; i++) Improve(matrix.Elements, rows, columns);

        // As they are now: a step of the next pass does not change what this one recorded.
        Variable<T> left = tape.Constant(Left.Values, [1, rows]), right = tape.Constant(Right.Values, [columns, 1]);
        Variable<T> norm = Functions.MatMul(left, Functions.MatMul(Functions.Reshape(matrix, rows, columns), right));
        return weight / Functions.Reshape(norm, [1]);
    }

    // The power method: each vector is what the matrix makes of the other.
    private void Improve(ReadOnlySpan<T> matrix, int rows, int columns)
    {
        Span<T> left = Left.Values, right = Right.Values;
        right.Clear();
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) right[column] += matrix[row * columns + column] * left[row];
        Normalize(right);
        for (int row = 0; row < rows; row++)
        {
            T sum = T.Zero;
            for (int column = 0; column < columns; column++) sum += matrix[row * columns + column] * right[column];
            left[row] = sum;
        }
        Normalize(left);
    }

    private void Normalize(Span<T> vector)
    {
        T squares = T.Zero;
        foreach (T value in vector) squares += value * value;
        T length = T.Max(T.Sqrt(squares), T.CreateTruncating(_epsilon));
        foreach (ref T value in vector) value /= length;
    }
}

/// <summary>A direction for each of the weights' first axis, brought to a length that is learned apart.</summary>
public sealed class WeightNorm<T> : WeightParametrization<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    internal WeightNorm(Parameter<T> weight)
        : base(weight)
    {
        nint[] shape = [.. weight.Shape];
        Array.Fill(shape, 1, 1, shape.Length - 1);
        Length = new(shape);
        Begin(new RandomSource(0));
    }

    /// <inheritdoc/>
    public override string Name => "weight_norm";

    /// <summary>The lengths, [first axis, 1, 1...].</summary>
    public Parameter<T> Length { get; }

    // The weights that the layer uses are those that were drawn.
    internal override void Begin(RandomSource random)
    {
        int rows = (int)Weight.Shape[0], columns = Weight.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            T squares = T.Zero;
            foreach (T value in Weight.Values.Slice(row * columns, columns)) squares += value * value;
            Length.Values[row] = T.Sqrt(squares);
        }
    }

    internal override Variable<T> Compute(Tape<T> tape, bool isTraining)
    {
        AxisGroups rows = AxisGroups.OfAxes(Weight.Shape.AsSpan(), 0, 1);
        ImmutableArray<nint> shape = [rows.Middle];
        Variable<T> direction = tape.Attach(Weight), length = Functions.Sqrt(InnerProduct<T>.Run(direction, direction, rows, shape));
        return Scale<T>.Run(direction, Functions.Reshape(tape.Attach(Length), rows.Middle) / length, rows);
    }
}
