using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>PReLU</c>: x where positive, a learned slope times x elsewhere. He et al., "Delving Deep into Rectifiers", 2015.</summary>
public sealed class PReLU<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _first;

    /// <param name="parameters">The number of slopes: 1, or the channels.</param>
    /// <param name="slope">What they begin as.</param>
    /// <exception cref="ArgumentOutOfRangeException">No slope.</exception>
    public PReLU(int parameters = 1, double slope = 0.25)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parameters, 1);
        _first = T.CreateChecked(slope);
        Weight = AddParameter("weight", new([parameters]));
        Weight.Values.Fill(_first);
    }

    /// <summary>The slopes, [1] or [channels].</summary>
    public Parameter<T> Weight { get; }

    /// <summary>PReLU of each element.</summary>
    /// <param name="input">[batch, channels, sizes...]; of any shape with a single slope.</param>
    /// <exception cref="Geometry.GeometryException">As many slopes as neither one nor the channels.</exception>
    public override Variable<T> Forward(Variable<T> input) => Functions.PReLU(input, Weight);

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random) => Weight.Values.Fill(_first);
}
