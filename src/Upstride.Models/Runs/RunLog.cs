using System.Globalization;
using System.Text;
using Upstride.Files;

namespace Upstride.Models.Runs;

/// <summary>A run's curves as a table of comma-separated values, one line a point, the newest last.</summary>
public static class RunLog
{
    /// <summary>Writes the table, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="curves">The columns after step and seconds.</param>
    /// <param name="points">In the order of their steps.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<RunCurve> curves, IReadOnlyList<RunPoint> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        var text = new StringBuilder(Header(curves)).Append('\n');
        foreach (RunPoint point in points)
        {
            text.Append(CultureInfo.InvariantCulture, $"{point.Step},{point.Seconds:F1}");
            foreach (double value in point.Values) text.Append(CultureInfo.InvariantCulture, $",{value:R}");
            text.Append('\n');
        }
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Reads a table that <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="curves">The columns after step and seconds.</param>
    /// <exception cref="InvalidDataException">Something else; the message names the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static List<RunPoint> Read(string path, IReadOnlyList<RunCurve> curves)
    {
        string[] lines = File.ReadAllLines(path);
        string header = Header(curves);
        if (lines.Length == 0 || !string.Equals(lines[0], header, StringComparison.Ordinal))
            throw new InvalidDataException(
                $"{path}: the first line must be '{header}': {(lines is [] ? "the file is empty" : $"'{lines[0]}'")}");
        var points = new List<RunPoint>(lines.Length);
        for (int line = 1; line < lines.Length; line++)
        {
            string[] cells = lines[line].Split(',');
            double[] numbers = new double[curves.Count + 1];
            bool read = cells.Length == curves.Count + 2 & long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture,
                out long step);
            for (int cell = 1; cell <= numbers.Length && read; cell++)
                read = double.TryParse(cells[cell], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[cell - 1]);
            if (!read)
                throw new InvalidDataException($"{path}: line {line + 1} must be {curves.Count + 2} numbers, {header}: '{lines[line]}'");
            points.Add(new(step, numbers[0], [.. numbers.AsSpan(1)]));
        }
        return points;
    }

    private static string Header(IReadOnlyList<RunCurve> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return string.Join(',', ["step", "seconds", .. curves.Select(static curve => curve.Name)]);
    }
}
