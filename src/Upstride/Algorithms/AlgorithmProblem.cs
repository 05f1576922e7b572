using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Depthwise;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>What an algorithm is asked to compute: one of the three products, for elements of a type, under settings. Immutable.</summary>
/// <remarks>The integers that are found for an estimate are those that it is computed by, so they are found once and kept here.</remarks>
internal sealed class AlgorithmProblem
{
    private readonly Lazy<PolyphaseProblem> _polyphase;
    private readonly Lazy<PhaseSchedule> _phases;
    private readonly Lazy<DepthwiseSchedule?> _depthwise;
    private readonly Lazy<WinogradSchedule?> _winograd;

    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">The tensors' element type.</param>
    /// <param name="settings">Threads, memory and the like.</param>
    public AlgorithmProblem(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(element);
        if (!Enum.IsDefined(pass))
            throw new ArgumentOutOfRangeException(nameof(pass), $"pass = {pass} is not one of {string.Join(", ", Enum.GetNames<Pass>())}");
        Geometry = geometry;
        Pass = pass;
        // Half precision is computed in single and rounded once: see HalfAlgorithm.
        Element = element == typeof(Half) ? typeof(float) : element;
        Settings = settings ?? ComputeSettings.Default;
        _polyphase = new(() => new(Geometry, Pass));
        _phases = new(() => PhaseSchedule.Cheapest(Polyphase, Tile));
        _depthwise = new(() => DepthwiseSchedule.For(Polyphase, Tile.ElementSize, Settings.Width));
        _winograd = new(() => WinogradSchedule.Cheapest(Polyphase, Tile));
    }

    /// <summary>The problem's sizes.</summary>
    public ConvTransposeGeometry Geometry { get; }

    /// <summary>Which of the three products.</summary>
    public Pass Pass { get; }

    /// <summary>The type that is computed in: the tensors' element type, but single precision for half.</summary>
    public Type Element { get; }

    /// <summary>Threads, memory and the like.</summary>
    public ComputeSettings Settings { get; }

    /// <summary>Elements that a run writes.</summary>
    internal long DestinationLength =>
        Pass switch { Pass.Forward => Geometry.OutputLength, Pass.InputGradient => Geometry.InputLength, _ => Geometry.WeightLength };

    /// <summary>The register tile, for elements that are float or double.</summary>
    internal GemmTileShape Tile => GemmTileShape.Of(Element, Settings.Width);

    /// <summary>The windows of the forward product or the input gradient.</summary>
    internal PolyphaseProblem Polyphase => _polyphase.Value;

    /// <summary>The cheapest schedule of direct phases.</summary>
    internal PhaseSchedule Phases => _phases.Value;

    /// <summary>The schedule of single channels; null where that is not what the problem is.</summary>
    internal DepthwiseSchedule? Depthwise => _depthwise.Value;

    /// <summary>The cheapest schedule of Winograd's tiles; null where none saves products.</summary>
    internal WinogradSchedule? Winograd => _winograd.Value;
}
