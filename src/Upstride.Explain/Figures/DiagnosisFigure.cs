using System.Collections.Immutable;
using System.Globalization;
using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Scenes;
using Upstride.Explain.Teaching;

namespace Upstride.Explain.Figures;

/// <summary>Figures of a diagnosis: overlap and gains of a layer, the spectrum of a picture.</summary>
public static class DiagnosisFigure
{
    private const double ChartWidth = 520;
    private const double ChartHeight = 220;
    private const double Margin = 48;

    /// <summary>Overlap and gains by phase, side by side, with the verdict.</summary>
    public static Figure Of(LayerDiagnosis diagnosis, Language language = Language.English) =>
        SceneFigure.Create(PatternScene.Gains(diagnosis, language));

    /// <summary>The azimuthal spectrum of a picture with marks at the multiples of 1/stride.</summary>
    public static Figure Of(PictureSpectrum spectrum, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        Texts texts = Texts.Of(language);
        double[] values = [.. spectrum.Azimuthal.Skip(1)];
        double high = Math.Ceiling(values.Max() / 10) * 10, low = Math.Max(high - 120, Math.Floor(values.Min() / 10) * 10);
        if (high <= low) low = high - 10;
        double X(double frequency) => Margin + frequency / 0.5 * ChartWidth;
        double Y(double level) => 44 + (high - Math.Max(level, low)) / (high - low) * ChartHeight;
        var shapes = ImmutableArray.CreateBuilder<Shape>();
        shapes.Add(new Label(16, 26, texts["spectrum.title", spectrum.Stride], 16) { Centered = false });
        for (double level = low; level <= high; level += (high - low) / 4)
        {
            shapes.Add(new Line(Margin, Y(level), Margin + ChartWidth, Y(level), Token.Inserted));
            shapes.Add(new Label(Margin - 24, Y(level) + 4, Numeral.Of(Math.Round(level)), 11) { Color = Token.Muted });
        }
        for (int k = 1; 2 * k <= spectrum.Stride; k++)
        {
            double at = (double)k / spectrum.Stride;
            shapes.Add(new Line(X(at), 44, X(at), 44 + ChartHeight, Token.Highlight));
            shapes.Add(new Label(X(at), 44 + ChartHeight + 16, $"{k}/{spectrum.Stride}", 12) { Color = Token.Highlight });
        }
        for (int i = 1; i < values.Length; i++)
            shapes.Add(new Line(X((double)i / spectrum.Window), Y(values[i - 1]), X((i + 1.0) / spectrum.Window), Y(values[i]),
                Token.Input) { Width = 2 });
        string peaks =
            string.Join(", ", spectrum.Peaks.Select(
            peak => string.Create(CultureInfo.InvariantCulture,
            $"({peak.Row},{peak.Column})/{spectrum.Stride} {Numeral.Decibels(peak.Decibels)}")).Take(8));
        string description = texts["spectrum.peaks", peaks];
        double y = 44 + ChartHeight + 40;
        foreach (string line in SceneFigure.Wrap(description, 70))
        {
            shapes.Add(new Label(16, y, line, 13) { Centered = false });
            y += 18;
        }
        return new(ChartWidth + 2 * Margin, y + 8, texts["spectrum.title", spectrum.Stride], description, shapes.ToImmutable(),
            [new(0, 1, description)]);
    }
}
