using System.Numerics;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>Linear</c>. Weights [outputs, inputs].</summary>
public sealed class Linear<T> : WeightedLayer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="inputFeatures">Numbers that go in.</param>
    /// <param name="outputFeatures">Numbers that come out.</param>
    /// <param name="bias">Whether a number is added to each output.</param>
    /// <param name="initializer">Where the first weights come from; default PyTorch's.</param>
    /// <param name="random">Draws the first weights; without it they must be initialised or loaded before use.</param>
    /// <exception cref="ArgumentOutOfRangeException">No feature.</exception>
    public Linear(int inputFeatures, int outputFeatures, bool bias = true, Initializer? initializer = null, RandomSource? random = null)
        : base([AtLeastOne(outputFeatures), AtLeastOne(inputFeatures)], outputFeatures, bias, initializer, random)
    {
    }

    /// <summary>The last axis times the transposed weights, plus the bias.</summary>
    /// <param name="input">[..., inputs].</param>
    /// <returns>[..., outputs].</returns>
    /// <exception cref="Geometry.GeometryException">An input that does not fit.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        RequireWeights();
        return Functions.Linear(input, UsedWeight(input), Bias);
    }

    private static int AtLeastOne(int features)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        return features;
    }
}
