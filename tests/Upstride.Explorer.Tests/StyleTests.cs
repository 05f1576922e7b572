using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Scenes;
using Upstride.Explain.Computing;
using Upstride.Explain.Teaching;

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
        Same("worked.svg", SvgRenderer.Render(SceneFigure.Create(source.Show(View.Scatter))));
    }

    private static void Same(string name, string made)
    {
        string path = Path.Combine(SharedData.Checkout, "src", "Upstride.Explorer", "wwwroot", name);
        if (Environment.GetEnvironmentVariable("UPSTRIDE_APPROVE") is not null) File.WriteAllText(path, made);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == made, $"{path} is not what Upstride.Explain makes: run this test with UPSTRIDE_APPROVE=1");
    }
}
