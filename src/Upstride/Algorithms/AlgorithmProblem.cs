using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Depthwise;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Taps;
using Upstride.Algorithms.Tiles;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>What an algorithm is asked to compute: one of the three products, for elements of a type, under settings. Immutable.</summary>
/// <remarks>The integers that are found for an estimate are those that it is computed by, so they are found once and kept here.</remarks>
internal sealed class AlgorithmProblem
{
    private readonly Lazy<PolyphaseProblem> _polyphase;
    private readonly Lazy<PolyphaseProblem> _lattices;
    private readonly Lazy<PhaseSchedule> _phases;
    private readonly Lazy<DepthwiseSchedule?> _depthwise;
    private readonly Lazy<SmallPlaneSchedule?> _smallPlanes;
    private readonly Lazy<StridedSchedule?> _strided;
    private readonly Lazy<TapSchedule> _taps;
    private readonly Lazy<WinogradSchedule?> _winograd;
    private readonly Lazy<AlgorithmProblem?> _reference;

    // Elements of the larger side of the reference, at most.
    private const int MaxReference = 4096;

    // Elements of the smaller side of what stands for all sizes: many enough that borders do not decide.
    private static readonly ImmutableArray<int> s_referenceSizes = [4096, 64, 16];

    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">The tensors' element type.</param>
    /// <param name="settings">Threads, memory and the like.</param>
    public AlgorithmProblem(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings? settings = null)
        : this(geometry, pass, element, settings, standsForAll: false)
    {
    }

    private AlgorithmProblem(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings? settings, bool standsForAll)
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
        _lattices = new(() =>
            PolyphaseProblem.Splits(Geometry, LatticeSplit.All) ? new(Geometry, Pass, LatticeSplit.All) : Polyphase);
        _phases = new(() =>
        {
            PhaseSchedule whole = PhaseSchedule.Cheapest(Polyphase, Tile);
            return PolyphaseProblem.Splits(Geometry, LatticeSplit.Rows)
                && PhaseSchedule.Cheapest(new(Geometry, Pass, LatticeSplit.Rows), Tile) is var apart
                && apart.Cycles < whole.Cycles ? apart : whole;
        });
        _depthwise = new(() => DepthwiseSchedule.For(Polyphase, Tile.ElementSize, Settings.Width));
        _smallPlanes = new(() => SmallPlaneSchedule.For(Polyphase, Tile.ElementSize, Settings.Width));
        _strided = new(() => StridedSchedule.For(Geometry, Pass, Element, Settings.Width));
        _taps = new(() => new(Polyphase, Tile));
        _winograd = new(() => Reference is { } reference
            ? reference.Winograd is { } like ? WinogradSchedule.Like(like, _lattices.Value, Tile) : null
            : WinogradSchedule.Cheapest(_lattices.Value, Tile, onlyTogether: standsForAll));
        _reference = new(MakeReference);
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

    /// <summary>The schedule of single channels over small planes; null where that is not what the problem is.</summary>
    internal SmallPlaneSchedule? SmallPlanes => _smallPlanes.Value;

    /// <summary>The schedule of single channels by steps of two; null where that is not what the problem is.</summary>
    internal StridedSchedule? Strided => _strided.Value;

    /// <summary>The schedule of taps by themselves.</summary>
    internal TapSchedule Taps => _taps.Value;

    /// <summary>The same kernel and channels at a size that stands for all, which chooses for them; null where each size does.</summary>
    internal AlgorithmProblem? Reference => _reference.Value;

    /// <summary>The cheapest schedule of Winograd's tiles, or that of the reference; null where none saves products.</summary>
    internal WinogradSchedule? Winograd => _winograd.Value;

    private AlgorithmProblem? MakeReference()
    {
        if (!Settings.PositionIndependent || Settings.Algorithm is not null || Pass == Pass.WeightGradient) return null;
        int size = s_referenceSizes[Geometry.Axes.Length - 1];
        var geometry = ConvTransposeGeometry.Create(1, Geometry.InputChannels, Geometry.OutputChannels, Geometry.Groups,
            Geometry.Axes.Select(axis => ConvTransposeAxis.Create(Math.Min(size, Math.Max(1, MaxReference / axis.Stride)), axis.Kernel,
                axis.Stride, axis.Dilation)), Geometry.Layout);
        return new(geometry, Pass, Element, Settings with { PositionIndependent = false }, standsForAll: true);
    }
}
