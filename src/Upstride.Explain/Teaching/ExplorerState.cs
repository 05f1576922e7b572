using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Geometry;

namespace Upstride.Explain.Teaching;

/// <summary>The explorer's pages.</summary>
public enum Page
{
    /// <summary>The operator in five views.</summary>
    Operator,

    /// <summary>Checkerboards and their cures.</summary>
    Checkerboard,

    /// <summary>A picture enlarged.</summary>
    Picture,

    /// <summary>A network's layers.</summary>
    Model,
}

/// <summary>What a pin holds.</summary>
public enum PinKind
{
    /// <summary>An output element.</summary>
    Output,

    /// <summary>An input element.</summary>
    Input,

    /// <summary>A tap of the kernel.</summary>
    Tap,
}

/// <summary>A pinned element.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where, outermost axis first.</param>
public sealed record Pin(PinKind Kind, ImmutableArray<int> Position)
{
    /// <inheritdoc/>
    public bool Equals(Pin? other) => other is not null && Kind == other.Kind && Position.AsSpan().SequenceEqual(other.Position.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Position.Aggregate((int)Kind, HashCode.Combine);
}

/// <summary>The padding as it is asked for: amounts at both ends, or a name.</summary>
/// <param name="Head">Before, for all axes or each; empty with a name.</param>
/// <param name="Tail">After; empty where it is as before.</param>
/// <param name="Auto">A name instead of amounts.</param>
public sealed record PaddingChoice(PerAxis Head, PerAxis Tail = default, OnnxAutoPad Auto = OnnxAutoPad.NotSet);

/// <summary>Everything that the explorer shows; the tool shares it, and an <see cref="Address"/> writes it.</summary>
public sealed partial record ExplorerState
{
    /// <summary>The longest axis, the longest kernel, the largest step, the most channels.</summary>
    public const int MaximalInput = 32, MaximalKernel = 11, MaximalStep = 8, MaximalChannels = 8;

    /// <summary>The worked example, which an empty address shows.</summary>
    public static ExplorerState Worked { get; } = new() { Stride = 2, Padding = new(1), OutputPadding = 1 };

    /// <summary>Which page.</summary>
    public Page Page { get; init; }

    /// <summary>One or two axes of 1 to 32.</summary>
    public PerAxis Input { get; init; } = new[] { 3, 3 };

    /// <summary>1 to 11.</summary>
    public PerAxis Kernel { get; init; } = 3;

    /// <summary>1 to 8.</summary>
    public PerAxis Stride { get; init; } = 1;

    /// <summary>1 to 8.</summary>
    public PerAxis Dilation { get; init; } = 1;

    /// <summary>As the framework counts it; default null, which is not always 0.</summary>
    public PaddingChoice? Padding { get; init; }

    /// <summary>Empty: not given, which is not 0 in Keras.</summary>
    public PerAxis OutputPadding { get; init; }

    /// <summary>Empty: not given.</summary>
    public PerAxis OutputShape { get; init; }

    /// <summary>1 to 8.</summary>
    public int InputChannels { get; init; } = 1;

    /// <summary>1 to 8.</summary>
    public int OutputChannels { get; init; } = 1;

    /// <summary>Divides both channel counts.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>The input channel that is shown.</summary>
    public int ShownInput { get; init; }

    /// <summary>The output channel that is shown.</summary>
    public int ShownOutput { get; init; }

    /// <summary>Whose rules apply.</summary>
    public Framework Framework { get; init; }

    /// <summary>Whom it is compared with; null for none.</summary>
    public Framework? Versus { get; init; }

    /// <summary>The input's numbers.</summary>
    public ValueSource X { get; init; } = ValueSource.Index;

    /// <summary>The weights' numbers.</summary>
    public ValueSource W { get; init; } = ValueSource.Index;

    /// <summary>The bias; null for none.</summary>
    public ValueSource? Bias { get; init; }

    /// <summary>Of all texts.</summary>
    public Language Language { get; init; }

    /// <summary>Which view.</summary>
    public View View { get; init; }

    /// <summary>What is pinned; null for nothing.</summary>
    public Pin? Pin { get; init; }

    /// <summary>The step of the view; null for the last.</summary>
    public int? Step { get; init; }

    /// <summary>The cure that is shown; null for none.</summary>
    public string? Cure { get; init; }

    /// <summary>The way a picture is enlarged.</summary>
    public string Method { get; init; } = "fsrcnn";

    /// <summary>The factor a picture is enlarged by, 2 to 4.</summary>
    public int Scale { get; init; } = 3;

    /// <summary>The hyper-parameters, to be read by a framework's rules.</summary>
    public HyperParameters Parameters => new()
    {
        Input = Input,
        Kernel = Kernel,
        Stride = Stride,
        Dilation = Dilation,
        Padding = Padding?.Head ?? default,
        PaddingAtEnd = Padding?.Tail ?? default,
        AutoPad = Padding?.Auto ?? OnnxAutoPad.NotSet,
        OutputPadding = OutputPadding,
        OutputShape = OutputShape,
    };

    /// <summary>The problem of this state.</summary>
    /// <exception cref="GeometryException">The framework refuses it, or the values do not fit.</exception>
    public Problem ToProblem() => Problem.Create(Parameters, Framework, X, W, Bias, InputChannels, OutputChannels, Groups);

    /// <summary>The nearest legal state: less output padding, then less padding, then neither; null where none is found.</summary>
    public ExplorerState? NearestLegal()
    {
        IEnumerable<ExplorerState> tries =
        [
            this,
            .. Descending(OutputPadding).Select(amount => this with { OutputPadding = amount }),
            .. Descending(Padding?.Head ?? default).Select(amount => this with { Padding = new(amount), OutputPadding = default }),
            this with { OutputPadding = default, OutputShape = default },
            this with { OutputPadding = default, OutputShape = default, Padding = null, Dilation = 1 },
            this with { OutputPadding = default, OutputShape = default, Padding = null, Dilation = 1, Groups = 1, X = ValueSource.Index,
                W = ValueSource.Index, Bias = null },
        ];
        return tries.FirstOrDefault(static state => state.IsLegal);
    }

    /// <summary>Whether the framework accepts it and the values fit.</summary>
    public bool IsLegal
    {
        get
        {
            try
            {
                _ = ToProblem();
                return true;
            }
            catch (GeometryException)
            {
                return false;
            }
        }
    }

    private static IEnumerable<PerAxis> Descending(PerAxis amounts)
    {
        if (amounts.Values.IsDefaultOrEmpty) yield break;
        for (int less = 1; less <= amounts.Values.Max(); less++)
            yield return PerAxis.Create([.. amounts.Values.Select(value => Math.Max(0, value - less))]);
    }
}
