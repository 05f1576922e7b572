using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>
/// What belongs to one element: the cells of every view whose <see cref="Cell.Element"/> is in it are lit together, and a sentence says
/// what they have to do with each other.
/// </summary>
public sealed class Lighting
{
    private Lighting(CellId element, ImmutableHashSet<CellId> elements, string sentence)
    {
        Element = element;
        Elements = elements;
        Sentence = sentence;
    }

    /// <summary>The element.</summary>
    public CellId Element { get; }

    /// <summary>The element, its factors and products: inputs, taps, outputs and products.</summary>
    public ImmutableHashSet<CellId> Elements { get; }

    /// <summary>Of an output its sum in symbols and numbers, of an input what it stamps, of a tap what it meets.</summary>
    public string Sentence { get; }

    /// <summary>The elements that belong to one.</summary>
    /// <param name="source">The computation, the output channel and the language.</param>
    /// <param name="element">An element of input, kernel or output, or a product; another cell belongs to nothing.</param>
    public static Lighting Of(SceneSource source, CellId element)
    {
        ArgumentNullException.ThrowIfNull(source);
        var lit = ImmutableHashSet.CreateBuilder<CellId>();
        lit.Add(element);
        string sentence = element.Part switch
        {
            Parts.Output => OfOutput(source, element, lit),
            Parts.Input => OfInput(source, element, lit),
            Parts.Kernel => OfTap(source, element, lit),
            Parts.Product => OfProduct(source, element, lit),
            _ => "",
        };
        return new(element, lit.ToImmutable(), sentence);
    }

    /// <summary>Where an element lies: channel, and position with the outermost axis first; null outside input, kernel and
    /// output.</summary>
    public static (int Channel, ImmutableArray<int> Position)? Locate(SceneSource source, CellId element)
    {
        ArgumentNullException.ThrowIfNull(source);
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        int depth = element.Part is Parts.Kernel ? axes[0].Kernel : element.Part is Parts.Input ? axes[0].Input : int.MaxValue;
        if (!IsInside(source, element)) return null;
        int channel = element.Part is Parts.Output ? source.Channel : source.FirstInputChannel + element.Plane / depth;
        return (channel, [.. source.Back(element.Plane % depth, element.Row, element.Column)]);
    }

    /// <summary>The cell of an element; the opposite of <see cref="Locate"/>. Null outside, and of channels that are not shown.</summary>
    public static CellId? Find(SceneSource source, string part, int channel, ImmutableArray<int> position)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (position.IsDefault || position.Length != source.Rank || channel < 0) return null;
        int[] at = Axes3.Three(position.AsSpan());
        CellId id = part switch
        {
            Parts.Input => source.InputId(channel, at[0], at[1], at[2]),
            Parts.Kernel => source.KernelId(channel, at[0], at[1], at[2]),
            _ => new(Parts.Output, at[0], at[1], at[2]),
        };
        return IsInside(source, id) ? id : null;
    }

    /// <summary>
    /// What a screen reader says of a cell: <c>output y, row 2, column 3: 54, products: 2</c>; where the view has more to say, the window
    /// over an output, the weights of a row of the matrix, the taps of a phase.
    /// </summary>
    public static string Label(SceneSource source, Scene scene, Panel panel, Cell cell)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(panel);
        ArgumentNullException.ThrowIfNull(cell);
        string value = cell.Text.Length == 0 ? source.Texts["cell.empty"] : cell.Text;
        string label = source.Texts["cell.place", panel.Title, cell.Id.Row, cell.Id.Column, value];
        if (cell.Corner.Length > 0) label = source.Texts["cell.count", label, cell.Corner];
        string more = scene.View switch
        {
            View.Gather when cell.Element is { Part: Parts.Output } output => GatherScene.WindowText(
                source, output.Plane, output.Row, output.Column),
            View.Matrix when panel.Key is Parts.Transposed or Parts.OutputVector => MatrixScene.RowText(source, cell.Id.Row),
            View.Phases when cell.Phase >= 0 => PhasesScene.TapsText(source, cell.Phase),
            _ => "",
        };
        return more.Length == 0 ? label : $"{label}; {more}";
    }

    private static string OfOutput(SceneSource source, CellId element, ImmutableHashSet<CellId>.Builder lit)
    {
        if (Locate(source, element) is not { } place) return source.Texts["element.cropped"];
        OutputSum sum = source.Computation.SumAt(source.Channel, place.Position.AsSpan());
        int output = Flat(place.Position, source.Geometry, static axis => axis.Output);
        foreach (Term term in sum.Terms)
        {
            int[] i = Axes3.Three(term.Input.AsSpan()), t = Axes3.Three(term.Tap.AsSpan());
            lit.Add(source.InputId(term.Channel, i[0], i[1], i[2]));
            lit.Add(source.KernelId(term.Channel, t[0], t[1], t[2]));
            lit.Add(source.ProductId(output, term.Channel, Flat(term.Input, source.Geometry, static axis => axis.Input)));
        }
        return SumText.Line(sum, source.Geometry.InputChannels > 1, !source.Symbols);
    }

    private static string OfInput(SceneSource source, CellId element, ImmutableHashSet<CellId>.Builder lit)
    {
        if (Locate(source, element) is not { } place) return "";
        int[] i = Axes3.Three(place.Position.AsSpan());
        int input = Flat(place.Position, source.Geometry, static axis => axis.Input), met = 0;
        foreach (CellId output in Reached(source, i))
        {
            lit.Add(output);
            if (!IsInside(source, output)) continue;
            met++;
            lit.Add(source.ProductId(source.FlatOutput(output), place.Channel, input));
        }
        return source.Texts["element.input", Name(source, 'x', place), source.InputText(place.Channel, i[0], i[1], i[2]),
            source.Geometry.KernelTaps, met, source.Geometry.KernelTaps - met];
    }

    private static string OfTap(SceneSource source, CellId element, ImmutableHashSet<CellId>.Builder lit)
    {
        if (Locate(source, element) is not { } place) return "";
        int[] tap = Axes3.Three(place.Position.AsSpan());
        int met = 0;
        for (int flat = 0; flat < source.Geometry.InputPlane; flat++)
        {
            int[] i = Axes3.Three(source.Computation.Unflatten(flat, static axis => axis.Input));
            CellId output = OutputOf(source, i, tap);
            if (!IsInside(source, output)) continue;
            met++;
            lit.Add(output);
            lit.Add(source.ProductId(source.FlatOutput(output), place.Channel, flat));
        }
        return source.Texts["element.tap", Name(source, 'w', place), source.WeightText(place.Channel, tap[0], tap[1], tap[2]), met,
            source.Geometry.InputPlane];
    }

    private static string OfProduct(SceneSource source, CellId element, ImmutableHashSet<CellId>.Builder lit)
    {
        CellId output = source.OutputIdAt(element.Row), input = source.InputIdAt(element.Column);
        if (Locate(source, output) is not { } to || Locate(source, input) is not { } from) return "";
        OutputSum sum = source.Computation.SumAt(source.Channel, to.Position.AsSpan());
        Term? term = sum.Terms.FirstOrDefault(one => one.Channel == from.Channel && one.Input.SequenceEqual(from.Position));
        if (term is null) return "";
        int[] t = Axes3.Three(term.Tap.AsSpan());
        lit.UnionWith([output, input, source.KernelId(term.Channel, t[0], t[1], t[2])]);
        OutputSum alone = sum with { Terms = [term], Bias = 0 };
        string numbers = source.Symbols ? "" : $" = {SumText.Numbers(alone)} = {SumText.Products(alone)}";
        return source.Texts["element.product", SumText.Symbols(alone, source.Geometry.InputChannels > 1) + numbers,
            "y" + Numeral.Position(to.Position)];
    }

    private static IEnumerable<CellId> Reached(SceneSource source, int[] input)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        for (int t0 = 0; t0 < axes[0].Kernel; t0++)
        for (int t1 = 0; t1 < axes[1].Kernel; t1++)
        for (int t2 = 0; t2 < axes[2].Kernel; t2++)
            yield return OutputOf(source, input, [t0, t1, t2]);
    }

    private static CellId OutputOf(SceneSource source, int[] input, int[] tap) => new(
        Parts.Output, source.Axes[0].OutputOf(input[0], tap[0]), source.Axes[1].OutputOf(input[1], tap[1]),
        source.Axes[2].OutputOf(input[2], tap[2]));

    private static int Flat(ImmutableArray<int> position, ConvTransposeGeometry geometry, Func<ConvTransposeAxis, int> length)
    {
        int flat = 0;
        for (int a = 0; a < position.Length; a++) flat = flat * length(geometry.Axes[a]) + position[a];
        return flat;
    }

    private static string Name(SceneSource source, char letter, (int Channel, ImmutableArray<int> Position) place) =>
        source.Geometry.InputChannels > 1
            ? $"{letter}[{place.Channel}:{string.Join(',', place.Position)}]"
            : letter + Numeral.Position(place.Position);

    private static bool IsInside(SceneSource source, CellId id)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        (int planes, Func<ConvTransposeAxis, int>? length) = id.Part switch
        {
            Parts.Output => (axes[0].Output, static axis => axis.Output),
            Parts.Input => (axes[0].Input * source.Geometry.InputChannelsPerGroup, static axis => axis.Input),
            Parts.Kernel => (axes[0].Kernel * source.Geometry.InputChannelsPerGroup, static axis => axis.Kernel),
            _ => (0, (Func<ConvTransposeAxis, int>?)null),
        };
        return length is not null && id.Plane >= 0 && id.Plane < planes && id.Row >= 0 && id.Row < length(axes[1])
            && id.Column >= 0 && id.Column < length(axes[2]);
    }
}
