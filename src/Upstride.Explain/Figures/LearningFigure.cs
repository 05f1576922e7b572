using Upstride.Explain.Computing;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Figures;

/// <summary>The learning kernel with its error as a curve that grows with the steps.</summary>
public static class LearningFigure
{
    private const double Height = 140;
    private const double Width = 480;
    private const double Left = 60;

    /// <summary>The moving figure.</summary>
    public static Figure Create(LearningScene learning)
    {
        ArgumentNullException.ThrowIfNull(learning);
        Figure figure = SceneFigure.Create(learning.Scene, moving: true);
        double top = figure.Height + 8, low = Math.Log10(learning.Errors.Min()), high = Math.Log10(learning.Errors.Max());
        double X(int step) => Left + Width * step / (learning.Errors.Length - 1);
        double Y(double error) => top + Height * (high - Math.Log10(error)) / Math.Max(high - low, 1e-9);
        var shapes = figure.Shapes.ToBuilder();
        shapes.Add(new Line(Left, top + Height, Left + Width, top + Height, Token.Muted));
        shapes.Add(new Line(Left, top, Left, top + Height, Token.Muted));
        foreach (double error in (double[])[learning.Errors.Max(), learning.Errors.Min()])
            shapes.Add(new Label(Left - 30, Y(error) + 4, Numeral.Of(error), 11) { Color = Token.Muted });
        for (int step = 1; step < learning.Errors.Length; step++)
        {
            shapes.Add(new Line(X(step - 1), Y(learning.Errors[step - 1]), X(step), Y(learning.Errors[step]), Token.Highlight)
            {
                Width = 2, From = figure.Frames[step - 1].At + Figure.Slide,
            });
        }
        return figure with { Shapes = shapes.ToImmutable(), Height = top + Height + 20 };
    }
}
