using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>The same hyper-parameters in every framework side by side.</summary>
public sealed class FrameworkComparison
{
    private FrameworkComparison(ImmutableArray<FrameworkOutcome> outcomes) => Outcomes = outcomes;

    /// <summary>What each framework makes of them, in the order of <see cref="Framework"/>.</summary>
    public ImmutableArray<FrameworkOutcome> Outcomes { get; }

    /// <summary>
    /// The pairs of frameworks whose outputs have the same size and other values, since their crops begin at different places.
    /// </summary>
    public IEnumerable<(Framework First, Framework Second)> SameSizeOtherValues =>
        from first in Outcomes
        from second in Outcomes
        where first.Framework < second.Framework && first.Geometry is not null && second.Geometry is not null
        where Sizes(first).SequenceEqual(Sizes(second)) && !Heads(first).SequenceEqual(Heads(second))
        select (first.Framework, second.Framework);

    /// <summary>Lowers <paramref name="parameters"/> by every framework's rules.</summary>
    public static FrameworkComparison Of(HyperParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new([.. Enum.GetValues<Framework>().Select(framework => Lower(framework, parameters))]);
    }

    private static FrameworkOutcome Lower(Framework framework, HyperParameters parameters)
    {
        try
        {
            return new(framework, parameters.Lower(framework), Error: null);
        }
        catch (GeometryException exception)
        {
            return new(framework, Geometry: null, exception.Error);
        }
    }

    private static IEnumerable<int> Sizes(FrameworkOutcome outcome) => outcome.Geometry!.Axes.Select(static axis => axis.Output);

    private static IEnumerable<int> Heads(FrameworkOutcome outcome) => outcome.Geometry!.Axes.Select(static axis => axis.Head);
}

/// <summary>What one framework makes of hyper-parameters: a geometry, or the reason why there is none.</summary>
/// <param name="Framework">The framework.</param>
/// <param name="Geometry">The geometry for one image and one channel; null where it is refused.</param>
/// <param name="Error">The refusal; null where there is a geometry.</param>
public sealed record FrameworkOutcome(Framework Framework, ConvTransposeGeometry? Geometry, GeometryError? Error)
{
    /// <summary>
    /// How the framework stores its weights; JAX alone stores them flipped, so that there the same numbers make other values.
    /// </summary>
    public WeightLayout WeightLayout => Framework switch
    {
        Framework.PyTorch or Framework.Onnx => WeightLayout.InputOutputKernel,
        Framework.Jax => WeightLayout.KernelInputOutputFlipped,
        _ => WeightLayout.KernelOutputInput,
    };
}
