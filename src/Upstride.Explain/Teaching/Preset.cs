using System.Collections.Immutable;

namespace Upstride.Explain.Teaching;

/// <summary>An example that makes a point.</summary>
/// <param name="Key">Names its texts.</param>
/// <param name="Address">Shows it.</param>
public sealed record Preset(string Key, string Address)
{
    /// <summary>All presets in the order in which they teach.</summary>
    public static ImmutableArray<Preset> All { get; } =
    [
        new("stamps", "#op/i2x2-k2"),
        new("growth", "#op/i2x2-k3"),
        new("stride", "#op/i2x2-k3-s2"),
        new("4n", "#op/i5-k9-s4-p3-o1"),
        new("4n-again", "#op/i5-k9-s4-p4-o3"),
        new("ones", "#op/i2x2-k3-pvalid-y4x4/f=tensorflow/x=9,9,9,9/w=ones"),
        new("output-padding", "#op/i3-k3-s2-p1-o1"),
        new("same", "#op/i3-k3-s2-p1-o1/vs=tensorflow"),
        new("toeplitz", "#op/i3-k3/view=matrix"),
        new("4x16", "#op/i2x2-k3/view=matrix"),
        new("case-1", "#op/i3-k3/view=gather"),
        new("case-2", "#op/i3-k3-p1/view=gather"),
        new("case-3", "#op/i3-k3-s2-p1/view=gather"),
        new("checkerboard", "#check/i8x8-k3-s2-p1-o1/w=ones"),
        new("even-and-yet", "#check/i8x8-k4-s2-p1"),
        new("gaps", "#check/i4-k3-s2-d2"),
        new("dcgan", "#op/i1x1-k4"),
        new("nearest", "#op/m=nearest/z=2"),
        new("bilinear", "#op/m=bilinear/z=2"),
        new("nails", "#op/m=nails/z=2"),
        new("unpool", "#op/i4x4-k3/m=unpool/z=2"),
        new("learn", "#op/m=learn"),
    ];

    /// <summary>The state that it shows.</summary>
    public ExplorerState State => Teaching.Address.Read(Address).State;

    /// <summary>Its name.</summary>
    public string Name(Language language) => Texts.Of(language)[$"preset.{Key}.name"];

    /// <summary>Its point, a sentence with the numbers.</summary>
    public string Point(Language language) => Texts.Of(language)[$"preset.{Key}.point"];
}

/// <summary>A question that people keep asking, with a short answer.</summary>
/// <param name="Number">From 1.</param>
public sealed record Answer(int Number)
{
    /// <summary>All answers.</summary>
    public static ImmutableArray<Answer> All { get; } = [.. Enumerable.Range(1, 12).Select(static number => new Answer(number))];

    /// <summary>The question.</summary>
    public string Question(Language language) => Texts.Of(language)[$"answer.{Number}.question"];

    /// <summary>The answer.</summary>
    public string Text(Language language) => Texts.Of(language)[$"answer.{Number}.text"];
}
