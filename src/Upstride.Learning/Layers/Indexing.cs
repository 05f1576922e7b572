using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>Flatten</c>: neighbouring axes as one.</summary>
/// <param name="startAxis">The first, from 0; below 0 from the end.</param>
/// <param name="endAxis">The last, likewise.</param>
public sealed class Flatten<T>(int startAxis = 1, int endAxis = -1) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The first.</summary>
    public int StartAxis { get; } = startAxis;

    /// <summary>The last.</summary>
    public int EndAxis { get; } = endAxis;

    /// <inheritdoc cref="Functions.Flatten"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.Flatten(input, StartAxis, EndAxis);
}

/// <summary>The axes in another order: PyTorch's <c>permute</c> as a layer.</summary>
/// <param name="axes">Each axis once: the first is the output's first.</param>
public sealed class Permute<T>(params ReadOnlySpan<int> axes) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Each axis once.</summary>
    public ImmutableArray<int> Axes { get; } = [.. axes];

    /// <inheritdoc cref="Functions.Permute"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.Permute(input, Axes.AsSpan());
}

/// <summary>PyTorch's <c>Embedding</c>: rows of a table by their numbers. Weights [rows, features], normal of deviation 1 at
/// first.</summary>
public sealed class Embedding<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="rows">How many there are: <c>num_embeddings</c>.</param>
    /// <param name="features">Numbers of each: <c>embedding_dim</c>.</param>
    /// <param name="paddingIndex">A row of zeros that learns nothing, or none; below 0 from the end.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="ArgumentOutOfRangeException">No row or feature, or a padding index that is no row.</exception>
    public Embedding(int rows, int features, int? paddingIndex = null, RandomSource? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        if (paddingIndex is { } index && (index < -rows || index >= rows))
            throw new ArgumentOutOfRangeException(nameof(paddingIndex), index,
                $"paddingIndex = {index}, and must be {-rows} .. {rows - 1}");
        PaddingIndex = paddingIndex is < 0 ? paddingIndex + rows : paddingIndex;
        Weight = AddParameter("weight", new([rows, features]));
        if (random is not null) Initialize(random);
    }

    /// <summary>[rows, features].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>A row of zeros that learns nothing; null where there is none.</summary>
    public int? PaddingIndex { get; }

    /// <summary>The rows of whole numbers that are stored as such a tensor.</summary>
    /// <param name="input">Any shape.</param>
    /// <returns>[shape..., features].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A row that there is not.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int[] indices = new int[input.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            T value = input.Values[i];
            indices[i] = T.IsInteger(value) ? int.CreateSaturating(value)
                : throw new ArgumentOutOfRangeException(nameof(input), $"input[{i}] = {value}, and must be a whole number");
        }
        return Forward(Tape<T>.Of([input]), indices, input.Shape.AsSpan());
    }

    /// <summary>The rows of some numbers.</summary>
    /// <param name="tape">Where the result goes.</param>
    /// <param name="indices">Numbers of rows; copied.</param>
    /// <param name="shape">Of the indices.</param>
    /// <returns>[shape..., features].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A row that there is not.</exception>
    public Variable<T> Forward(Tape<T> tape, ReadOnlySpan<int> indices, ReadOnlySpan<nint> shape)
    {
        if (!Weight.IsSet)
            throw new InvalidOperationException(
                "the weights of this layer were never set: give the constructor a random source, call Initialize, load them, or write "
                + "Weight.Values");
        return Functions.Embedding(tape, Weight, indices, shape, PaddingIndex);
    }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        random.FillNormal(0, 1, Weight.Values);
        int features = (int)Weight.Shape[1];
        if (PaddingIndex is { } index) Weight.Values.Slice(index * features, features).Clear();
    }
}
