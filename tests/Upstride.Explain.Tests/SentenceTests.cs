using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explain.Tests;

/// <summary>What the libraries say is told in Chinese wherever the explorer can come to it.</summary>
public partial class SentenceTests
{
    private static readonly IReadOnlyDictionary<string, string> _chinese = Texts.Of(Language.Chinese).Sentences;

    [Fact]
    public void Every_refusal_and_equation_of_random_states_is_told_in_Chinese()
    {
        SortedSet<string> missing = new(StringComparer.Ordinal);
        int refused = 0;
        var random = new Random(5);
        for (int number = 0; number < 6_000; number++)
        {
            ExplorerState state = Draw(random);
            foreach (Sentence sentence in SaidOf(state, random))
            {
                refused++;
                Miss(sentence, missing);
            }
        }
        Assert.True(refused > 5_000, $"{refused} sentences were said");
        Assert.True(missing.Count == 0, $"{missing.Count} sentences are not told in Chinese:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void A_translation_has_the_values_of_its_original()
    {
        foreach ((string english, string chinese) in _chinese)
            Assert.True(Values(english).SequenceEqual(Values(chinese)), $"{english}\n{chinese}");
    }

    [Fact]
    public void A_refusal_is_told_with_its_values()
    {
        var fault = Assert.Throws<GeometryException>(static () => ConvTransposeAxis.Create(0, 3));
        Assert.Equal("input = 0, and must be at least 1", Texts.Of(Language.English).Refusal(fault.Error));
        Assert.Equal("input = 0，至少应为 1",
            Texts.Of(Language.Chinese).Refusal(fault.Error));
    }

    [Theory]
    [InlineData("zz")]
    [InlineData("colour=red")]
    [InlineData("k99")]
    [InlineData("k1x1x1")]
    [InlineData("p1+2+3")]
    [InlineData("k2x")]
    [InlineData("f=caffe")]
    [InlineData("x=1,a")]
    public void What_an_address_says_that_is_not_understood_is_told_in_its_language(string part)
    {
        Assert.DoesNotContain(Assert.Single(Address.Read("#op/" + part).Skipped), static letter => letter > 0x2fff);
        string chinese = Assert.Single(Address.Read("#op/" + part, Language.Chinese).Skipped);
        Assert.Contains(chinese, static letter => letter > 0x2fff);
        Assert.DoesNotMatch("[a-z]{3,} [a-z]{3,}", chinese);
        Assert.Equal(chinese, Assert.Single(Address.Read($"#op/{part}/lang=zh").Skipped));
    }

    [Fact]
    public void The_equations_are_told_line_by_line()
    {
        ConvTransposeGeometry geometry = ExplorerState.Worked.ToProblem().Geometry;
        Assert.Equal(geometry.Explain().ReplaceLineEndings("\n"), Texts.Of(Language.English).Equations(geometry));
        string chinese = Texts.Of(Language.Chinese).Equations(geometry);
        Assert.Contains("(3 - 1)*2 + (3 - 1)*1 + 1 = 7", chinese, StringComparison.Ordinal);
        Assert.DoesNotMatch("[a-z]{3,} [a-z]{3,}", chinese);
    }

    private static void Miss(Sentence sentence, SortedSet<string> missing)
    {
        if (HasWords().IsMatch(sentence.Template) && !_chinese.ContainsKey(sentence.Template)) missing.Add(sentence.Template);
        foreach (object? value in sentence.Values)
            if (value is Sentence part) Miss(part, missing);
            else if (value is string text && HasWords().IsMatch(text) && !_chinese.ContainsKey(text)) missing.Add("value: " + text);
    }

    private static IEnumerable<Sentence> SaidOf(ExplorerState state, Random random)
    {
        var said = new List<Sentence>();
        void Try(Action action)
        {
            try
            {
                action();
            }
            catch (GeometryException fault)
            {
                said.Add(fault.Error.Sentence);
            }
        }
        foreach (FrameworkOutcome outcome in FrameworkComparison.Of(state.Parameters).Outcomes)
            if (outcome.Error is { } error) said.Add(error.Sentence);
        Try(() => Computation.Require(state.ToProblem()));
        Try(() => said.AddRange(state.ToProblem().Geometry.Equations()));
        if (random.Next(20) > 0) return said;
        Try(() =>
        {
            ConvTransposeGeometry geometry = state.ToProblem().Geometry;
            foreach (string name in CodeLine.Names) Try(() => CodeLine.Of(name, geometry));
            var source = new SceneSource(Computation.Of(state.ToProblem()), state.ShownOutput);
            foreach (View view in Enum.GetValues<View>()) Try(() => source.Show(view));
            foreach (Framework other in Enum.GetValues<Framework>())
                Try(() => ComparisonScene.Create(state.Parameters, state.Framework, [other], state.X, state.W));
            foreach (string name in Cures.Names) Try(() => Cures.Named(name, PatternScene.LayerOf(state)));
        });
        Try(() => PatternScene.Of(state));
        int[] size = [.. state.Input.Values];
        foreach (Upsampling method in Enum.GetValues<Upsampling>())
            Try(() => Upsampler.Show(method, state.X.Fill("input", [1], size).AsSpan(), size, random.Next(1, 5), [1, 2, 3, 4]));
        return said;
    }

    // Of everything that the page's controls and addresses can say, legal or not.
    private static ExplorerState Draw(Random random)
    {
        int axes = random.Next(1, 3);
        PerAxis Each(int low, int high) => random.Next(4) == 0 ? random.Next(low, high + 1)
            : PerAxis.Create([.. Enumerable.Range(0, axes).Select(_ => random.Next(low, high + 1))]);
        int most = random.Next(4) == 0 ? ExplorerState.MaximalInput : 5;
        return new()
        {
            Input = PerAxis.Create([.. Enumerable.Range(0, axes).Select(_ => random.Next(1, most + 1))]),
            Kernel = Each(1, random.Next(2) == 0 ? 4 : ExplorerState.MaximalKernel),
            Stride = Each(1, 4), Dilation = random.Next(3) == 0 ? Each(1, 3) : 1,
            Padding = random.Next(6) switch
            {
                0 => null,
                1 => new(default, default, (OnnxAutoPad)random.Next(4)),
                2 => new(Each(0, 2), default, OnnxAutoPad.SameUpper),
                3 => new(Each(0, 3), Each(0, 3)),
                _ => new(Each(0, random.Next(2) == 0 ? 2 : ExplorerState.MaximalKernel)),
            },
            OutputPadding = random.Next(3) == 0 ? Each(0, 4) : default,
            OutputShape = random.Next(5) == 0 ? Each(1, 20) : default,
            InputChannels = random.Next(3) == 0 ? random.Next(1, 9) : 1, OutputChannels = random.Next(3) == 0 ? random.Next(1, 9) : 1,
            Groups = random.Next(3) == 0 ? random.Next(1, 9) : 1,
            Framework = (Framework)random.Next(5),
            X = Source(random), W = Source(random), Bias = random.Next(4) == 0 ? Source(random) : null,
        };
    }

    private static ValueSource Source(Random random) => ValueSource.Parse(random.Next(8) switch
    {
        0 => "1,2,3,4",
        1 => "impulse:1,1",
        2 => "impulse:2",
        3 => "1e300,2",
        4 => "bilinear",
        _ => "index",
    });

    private static IEnumerable<string> Values(string template) =>
        Holes().Matches(template).Select(static hole => hole.Value).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\d+\}")]
    private static partial Regex Holes();

    // Formulas and names need no translation: a sentence has two words side by side, or a word at its end.
    [GeneratedRegex(@"[a-z]{2,},? [a-z]{2,}")]
    private static partial Regex HasWords();
}
