using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>What a view is made from: a computation, the output channel that is shown, the pinned element, the language.</summary>
/// <param name="Computation">The computation.</param>
/// <param name="Channel">The output channel.</param>
/// <param name="At">The pinned output position, outermost axis first; null for none.</param>
/// <param name="Language">Of captions and titles.</param>
public sealed record SceneSource(
    Computation Computation, int Channel = 0, ImmutableArray<int>? At = null, Language Language = Language.English)
{
    /// <summary>The most cells a view may have.</summary>
    public const int MaximalCells = 1_000_000;

    internal Texts Texts => Texts.Of(Language);

    internal ConvTransposeGeometry Geometry => Computation.Geometry;

    internal bool Symbols => Computation.Problem.Symbols;

    internal int Rank => Geometry.Axes.Length;

    internal ImmutableArray<ConvTransposeAxis> Axes { get; } = Axes3.Of(Computation.Geometry);

    internal int FirstInputChannel => Channel / Geometry.OutputChannelsPerGroup * Geometry.InputChannelsPerGroup;

    internal int[]? Pin => At is { } at ? Axes3.Three(at.AsSpan()) : null;

    /// <summary>Makes one view.</summary>
    /// <exception cref="GeometryException">A channel or position outside the output, or a view of more than <see cref="MaximalCells"/>
    /// cells.</exception>
    public Scene Show(View view)
    {
        Computation.RequirePosition("at", Channel, At is { } at ? at.AsSpan() : new int[Rank], Geometry.OutputChannels, static axis =>
            axis.Output);
        long cells = view switch
        {
            View.Matrix => MatrixScene.Cells(this),
            View.Gather => GatherScene.Cells(this),
            _ => (long)Axes.Aggregate(1L, static (product, axis) => product * (Math.Max(axis.Full, axis.Output) + Math.Abs(axis.Head))),
        };
        if (cells > MaximalCells)
            throw ValueSource.Fault(
                "input", $"the {view.ToString().ToLowerInvariant()} view has {cells} cells, more than the {MaximalCells} that are shown: "
                    + $"use a smaller input{(view == View.Matrix ? ", or another view" : "")}");
        return view switch
        {
            View.Scatter => ScatterScene.Create(this),
            View.Gather => GatherScene.Create(this),
            View.Matrix => MatrixScene.Create(this),
            View.Phases => PhasesScene.Create(this),
            View.Convolution => ConvolutionScene.Create(this),
            _ => throw new ArgumentOutOfRangeException(nameof(view), view, "not one of the views"),
        };
    }

    internal OutputSum? PinnedSum => At is { } at ? Computation.SumAt(Channel, at.AsSpan()) : null;

    internal int[] Back(int z, int y, int x) => Axes3.Back([z, y, x], Rank);

    internal string Name(char letter, int channel, int channels, int z, int y, int x)
    {
        string place = string.Concat(Back(z, y, x).Select(static one => one > 9 ? $"({one})" : $"{one}"));
        return channels > 1 ? $"{letter}{channel}:{place}" : $"{letter}{place}";
    }

    internal string InputText(int channel, int z, int y, int x) => Symbols
        ? Name('x', channel, Geometry.InputChannels, z, y, x)
        : Numeral.Of(InputValue(channel, z, y, x));

    internal double InputValue(int channel, int z, int y, int x) =>
        Computation.InputAt(channel, (z * Axes[1].Input + y) * Axes[2].Input + x);

    internal string WeightText(int channel, int z, int y, int x) => Symbols
        ? Name('w', channel, Geometry.InputChannels, z, y, x)
        : Numeral.Of(WeightValue(channel, z, y, x));

    internal double WeightValue(int channel, int z, int y, int x) =>
        Computation.WeightAt(channel, Channel, (z * Axes[1].Kernel + y) * Axes[2].Kernel + x);

    internal string OutputText(int z, int y, int x, double value) => Symbols
        ? Name('y', Channel, Geometry.OutputChannels, z, y, x)
        : Numeral.Of(value);

    internal IEnumerable<int> InputChannels => Enumerable.Range(FirstInputChannel, Geometry.InputChannelsPerGroup);

    internal double Bias => Computation.Problem.Bias[Channel];

    /// <summary>The output element as it is named in text.</summary>
    internal string OutputName(int z, int y, int x) => Numeral.Position(Back(z, y, x));

    internal Panel InputPanel(int channel, int z) => Grid(
        Parts.Input, PlaneOf(channel, z, Axes[0].Input), Titled(Texts["input"], channel, Geometry.InputChannels, z, Axes[0].Input),
        Axes[1].Input, Axes[2].Input, (y, x) => (InputText(channel, z, y, x), InputValue(channel, z, y, x)), CellRole.Input);

    internal Panel KernelPanel(int channel, int z) => Grid(
        Parts.Kernel, PlaneOf(channel, z, Axes[0].Kernel), Titled(Texts["weight"], channel, Geometry.InputChannels, z, Axes[0].Kernel),
        Axes[1].Kernel, Axes[2].Kernel, (y, x) => (WeightText(channel, z, y, x), WeightValue(channel, z, y, x)), CellRole.Weight);

    internal IEnumerable<Panel> InputPanels() =>
        InputChannels.SelectMany(channel => Enumerable.Range(0, Axes[0].Input).Select(z => InputPanel(channel, z)));

    internal IEnumerable<Panel> KernelPanels() =>
        InputChannels.SelectMany(channel => Enumerable.Range(0, Axes[0].Kernel).Select(z => KernelPanel(channel, z)));

    /// <summary>The output without what is cropped of it.</summary>
    internal IEnumerable<Panel> OutputPanels(IReadOnlyList<double> values) => Enumerable.Range(0, Axes[0].Output).Select(z => Grid(
        Parts.Output, z, Titled(Texts["output"], Channel, Geometry.OutputChannels, z, Axes[0].Output), Axes[1].Output, Axes[2].Output,
        (y, x) => (OutputText(z, y, x, values[(z * Axes[1].Output + y) * Axes[2].Output + x]),
            values[(z * Axes[1].Output + y) * Axes[2].Output + x]), CellRole.Output));

    internal CellId InputId(int channel, int z, int y, int x) => new(Parts.Input, PlaneOf(channel, z, Axes[0].Input), y, x);

    internal CellId KernelId(int channel, int z, int y, int x) => new(Parts.Kernel, PlaneOf(channel, z, Axes[0].Kernel), y, x);

    /// <summary>The input of a flat index over the channels of the shown output's group.</summary>
    internal CellId InputIdAt(int flat)
    {
        int[] at = Axes3.Three(Computation.Unflatten(flat % Geometry.InputPlane, static axis => axis.Input));
        return InputId(FirstInputChannel + flat / Geometry.InputPlane, at[0], at[1], at[2]);
    }

    /// <summary>The output of a flat index of the shown channel.</summary>
    internal CellId OutputIdAt(int flat)
    {
        int[] at = Axes3.Three(Computation.Unflatten(flat, static axis => axis.Output));
        return new(Parts.Output, at[0], at[1], at[2]);
    }

    /// <summary>The opposite of <see cref="InputIdAt"/>.</summary>
    internal int FlatInput(CellId id) => (id.Plane * Axes[1].Input + id.Row) * Axes[2].Input + id.Column;

    /// <summary>The opposite of <see cref="OutputIdAt"/>.</summary>
    internal int FlatOutput(CellId id) => (id.Plane * Axes[1].Output + id.Row) * Axes[2].Output + id.Column;

    /// <summary>A product, by the flat output and the flat input over the channels of its group.</summary>
    internal CellId ProductId(int output, int channel, int input) =>
        new(Parts.Product, 0, output, (channel - FirstInputChannel) * Geometry.InputPlane + input);

    internal int PlaneOf(int channel, int z, int depth) => (channel - FirstInputChannel) * depth + z;

    /// <summary>Channel and slice after a title, where there is more than one.</summary>
    internal string Titled(string title, int channel, int channels, int z, int depth) =>
        title + (channels > 1 ? $", {Texts["channel"]} {channel}" : "") + (depth > 1 ? $", {Texts["slice"]} {z}" : "");

    internal static Panel Grid(string part, int plane, string title, int rows, int columns, Func<int, int,
        (string Text, double Value)> cell, CellRole role) => Panel.Of(
        Scene.Panel(new(part, plane, 0, 0)), title, 0, 0, rows, columns, (row, column) =>
        {
            (string text, double value) = cell(row, column);
            return new(new(part, plane, row, column), text, value, role);
        });

    /// <summary>How many products the shown output is the sum of.</summary>
    internal long Products => InputChannels.LongCount() * Axes.Aggregate(1L, static (product, axis) =>
        product * Enumerable.Range(0, axis.Output).Sum(output => axis.ProductsOf(output).Count()));

    /// <summary>The cells of the pinned sum's factors, in input and kernel.</summary>
    internal IEnumerable<CellId> PinnedFactors() => PinnedSum is not { } sum ? [] : sum.Terms.SelectMany(term =>
    {
        int[] i = Axes3.Three(term.Input.AsSpan()), t = Axes3.Three(term.Tap.AsSpan());
        return new[] { InputId(term.Channel, i[0], i[1], i[2]), KernelId(term.Channel, t[0], t[1], t[2]) };
    });
}
