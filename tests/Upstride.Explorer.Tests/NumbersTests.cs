using AngleSharp.Dom;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Pages;
using Upstride.Explorer.Services;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explorer.Tests;

/// <summary>What stands on the page is what the library computes, for states drawn at random.</summary>
public sealed class NumbersTests : BunitContext
{
    private readonly Store _store;

    public NumbersTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddScoped<Host>();
        Services.AddScoped<Store>();
        _store = Services.GetRequiredService<Store>();
    }

    [Fact]
    public async Task The_numbers_of_a_hundred_states_are_the_operators()
    {
        var random = new Random(3);
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        HashSet<Framework> seen = [];
        for (int number = 0; number < 100; number++)
        {
            ExplorerState state = Draw(random);
            seen.Add(state.Framework);
            await page.InvokeAsync(() => _store.SetAsync(state));
            string shown = string.Join(' ', Output(page));
            Assert.True(shown == string.Join(' ', Expected(state).Select(Numeral.Of)), $"{Address.Write(state)} shows {shown}");
        }
        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task Every_view_of_a_hundred_states_shows_the_same_output()
    {
        var random = new Random(4);
        IRenderedComponent<OperatorPage> page = Render<OperatorPage>();
        for (int number = 0; number < 100; number++)
        {
            ExplorerState state = Draw(random) with { View = (View)(1 + number % 4) };
            await page.InvokeAsync(() => _store.SetAsync(state));
            string title = state.View == View.Matrix ? "y" : _store.Texts["output"];
            IElement[] panels = [.. page.FindAll("#v [role=grid]").Where(one =>
                one.GetAttribute("aria-label")!.StartsWith(title, StringComparison.Ordinal))];
            Assert.True(panels.Length == 1, $"{Address.Write(state)} has {panels.Length} panels of the output");
            string shown = string.Join(' ', panels[0].QuerySelectorAll(".c").Select(TextOf));
            Assert.True(shown == string.Join(' ', Expected(state).Select(Numeral.Of)), $"{Address.Write(state)} shows {shown}");
        }
    }

    // By the operator itself, from numbers of its own; JAX alone stores its kernels flipped.
    private static double[] Expected(ExplorerState state)
    {
        ConvTransposeGeometry sizes = state.Parameters.Lower(state.Framework);
        var geometry = ConvTransposeGeometry.Create(1, state.InputChannels, state.OutputChannels, state.Groups, sizes.Axes);
        int[] kernel = [.. sizes.Axes.Select(static axis => axis.Kernel)];
        double[] input = [.. state.X.Fill("x", [state.InputChannels], [.. state.Input.Values])];
        double[] weight = [.. state.W.Fill("w", [state.InputChannels, state.OutputChannels / state.Groups], kernel)];
        if (state.Framework == Framework.Jax)
            for (int at = 0; at < weight.Length; at += geometry.KernelTaps) Array.Reverse(weight, at, geometry.KernelTaps);
        double[] bias = state.Bias is { } source ? [.. source.Fill("b", [state.OutputChannels], [])] : [], output =
            new double[geometry.OutputLength];
        ConvTranspose.Forward(geometry, input.AsSpan(), weight.AsSpan(), bias.AsSpan(), output.AsSpan());
        return output.AsSpan(state.ShownOutput * geometry.OutputPlane, geometry.OutputPlane).ToArray();
    }

    private static IEnumerable<string> Output(IRenderedComponent<OperatorPage> page) =>
        page.FindAll("#v [role=grid]").Last().QuerySelectorAll(".c:not(.cc)").Select(TextOf);

    private static string TextOf(IElement cell) => cell.QuerySelector("text:not(.n):not(.before)")?.TextContent ?? "";

    private static ExplorerState Draw(Random random)
    {
        while (true)
        {
            int axes = random.Next(1, 3), groups = random.Next(4) == 0 ? 2 : 1;
            PerAxis Each(int low, int high) => PerAxis.Create([.. Enumerable.Range(0, axes).Select(_ => random.Next(low, high + 1))]);
            ExplorerState state = new()
            {
                Input = Each(1, 4), Kernel = Each(1, 4), Stride = Each(1, 3), Dilation = random.Next(3) == 0 ? Each(1, 2) : 1,
                Padding = random.Next(4) switch { 0 => null, 1 => new(default, default, OnnxAutoPad.SameUpper), _ => new(Each(0, 2)) },
                OutputPadding = random.Next(3) == 0 ? Each(0, 1) : default,
                InputChannels = groups * random.Next(1, 3), OutputChannels = groups * random.Next(1, 3), Groups = groups,
                Framework = (Framework)random.Next(5),
                X = ValueSource.Parse($"random:{random.Next(1000)}"), W = ValueSource.Parse($"random:{random.Next(1000)}"),
                Bias = random.Next(2) == 0 ? null : ValueSource.Parse($"random:{random.Next(1000)}"),
            };
            state = state with { ShownOutput = random.Next(state.OutputChannels) };
            if (state.IsLegal) return state;
        }
    }
}
