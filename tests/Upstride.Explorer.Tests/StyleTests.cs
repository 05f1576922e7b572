using Upstride.Cli.Commands.Explore;
using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Onnx.Export;

namespace Upstride.Explorer.Tests;

/// <summary>What the site takes from Upstride.Explain as files is what Upstride.Explain makes; UPSTRIDE_APPROVE=1 writes it anew.</summary>
public class StyleTests
{
    [Fact]
    public void The_colours_of_the_site_are_those_of_the_figures() => Same("figures.css", SvgStyle.SiteSheet());

    [Fact]
    public void The_picture_before_the_library_is_loaded_is_the_worked_example()
    {
        var source = new SceneSource(Computation.Of(ExplorerState.Worked.ToProblem()));
        // Until the runtime runs, it stands on the page.
        Assert.Contains("<img src=\"worked.svg\"", Page(), StringComparison.Ordinal);
        Same("worked.svg", SvgRenderer.Render(SceneFigure.Create(source.Show(View.Scatter))));
    }

    [Fact]
    public void The_sample_model_is_a_decoder_of_uneven_and_of_even_overlap()
    {
        var random = new RandomSource(7);
        var decoder = new Sequential<float>(
            new ConvTranspose2d<float>(8, 12, 4, random: random), new BatchNorm<float>(12), new ReLU<float>(),
            new ConvTranspose2d<float>(12, 8, 3, stride: 2, padding: 1, outputPadding: 1, random: random), new ReLU<float>(),
            new ConvTranspose2d<float>(8, 6, 4, stride: 2, padding: 1, random: random), new ReLU<float>(),
            new ConvTranspose2d<float>(6, 3, 5, stride: 2, padding: 2, outputPadding: 1, random: random), new Tanh<float>());
        decoder.Eval();
        using var stream = new MemoryStream();
        OnnxExport.Write(stream, decoder, new() { InputShape = [new(1, null), new(8, null), new(1, null), new(1, null)] });
        Same("decoder.onnx", stream.ToArray());
    }

    [Fact]
    public void The_page_allows_itself_what_the_server_allows_it()
    {
        string policy = SiteServer.Policy.Replace("; frame-ancestors 'none'", "", StringComparison.Ordinal);
        Assert.Contains($"http-equiv=\"Content-Security-Policy\" content=\"{policy}\"", Page(), StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", SiteServer.Policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-inline", SiteServer.Policy, StringComparison.Ordinal);
        Assert.DoesNotContain("//", SiteServer.Policy, StringComparison.Ordinal);
    }

    private static string Page() =>
        File.ReadAllText(Path.Combine(SharedData.Checkout, "src", "Upstride.Explorer", "wwwroot", "index.html"));

    private static void Same(string name, string made) => Same(name, System.Text.Encoding.UTF8.GetBytes(made));

    private static void Same(string name, byte[] made)
    {
        string path = Path.Combine(SharedData.Checkout, "src", "Upstride.Explorer", "wwwroot", name);
        if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") is not null) File.WriteAllBytes(path, made);
        Assert.True(File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(made),
            $"{path} is not what Upstride.Explain makes: run this test with UPSTRIDE_APPROVE=1");
    }
}
