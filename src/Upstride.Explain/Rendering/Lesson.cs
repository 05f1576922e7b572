using System.Text;
using Upstride.Explain.Computing;
using Upstride.Explain.Figures;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explain.Rendering;

/// <summary>The worked example as a lesson of some forty lines: sizes, numbers, and one element followed through all five views.</summary>
public static class Lesson
{
    private const int Width = 80;

    /// <summary>The lesson.</summary>
    /// <param name="state">What is taught; without a pin, its middle element.</param>
    /// <param name="language">Of the texts.</param>
    /// <param name="color">Whether escape sequences for colours are written.</param>
    /// <exception cref="GeometryException">The state is not legal.</exception>
    public static string Render(ExplorerState state, Language language = Language.English, bool color = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        Texts texts = Texts.Of(language);
        Computation computation = Computation.Of(state.ToProblem());
        ConvTransposeGeometry geometry = computation.Geometry;
        int[] at = state.Pin is { Kind: PinKind.Output } pin ? [.. pin.Position]
            : [.. geometry.Axes.Select(static axis => axis.Output / 2)];
        var source = new SceneSource(computation, state.ShownOutput, [.. at], language);
        var text = new StringBuilder();
        void Line(string line)
        {
            foreach (string part in SceneFigure.Wrap(line, Width)) text.Append(part).Append('\n');
        }
        Line($"{texts["lesson.title"]}: {string.Join('x', geometry.Axes.Select(static axis => axis.Input))} -> "
            + $"{string.Join('x', geometry.Axes.Select(static axis => axis.Output))}");
        ConvTransposeAxis last = geometry.Axes[^1];
        Line($"full = (i - 1)*s + (k - 1)*d + 1 = ({last.Input} - 1)*{last.Stride} + ({last.Kernel} - 1)*{last.Dilation} + 1 = "
            + $"{last.Full}");
        Line($"output = full - head - tail = {last.Full} - {Numeral.Factor(last.Head)} - {Numeral.Factor(last.Tail)} = {last.Output}");
        text.Append('\n');

        Scene scatter = source.Show(View.Scatter);
        string body = TextRenderer.Render(scatter with { Title = "", Steps = [], Lines = [], PinnedText = "" }, Width, color);
        text.Append(body.TrimStart('\n')).Append('\n');
        Line(texts["lesson.one", SumText.Line(source.PinnedSum!, geometry.InputChannels > 1)]);
        int number = 1;
        foreach (View view in Enum.GetValues<View>())
        {
            Scene scene = view == View.Scatter ? scatter : source.Show(view);
            text.Append('\n');
            Line($"{number++}. {scene.Title}");
            foreach (string caption in Captions(scene)) Line("   " + caption);
        }
        text.Append('\n');
        Line(texts["lesson.next"]);
        return text.ToString();
    }

    // Of each view, what is about the pinned element; of the convolution, its derivation.
    private static IEnumerable<string> Captions(Scene scene) => scene.View switch
    {
        View.Scatter => scene.Steps.Where(step => step.Changes.Any(change => change.Cell == scene.Pinned[0]))
            .Select(static step => step.Caption),
        View.Phases => [.. scene.Steps.SkipLast(1).Select(static step => step.Caption), scene.PinnedText],
        View.Convolution => scene.Lines,
        _ => [scene.PinnedText, .. scene.Lines],
    };
}
