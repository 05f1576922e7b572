using System.Globalization;
using System.Text;
using Upstride.Files;

namespace Upstride.Models.Training;

/// <summary>The training curves as a table of comma-separated values, one line a point, the newest last.</summary>
public static class TrainingLog
{
    private const string Header = "step,seconds,learning_rate,loss,psnr";

    /// <summary>Writes the table, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="points">In the order of their steps.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<TrainingPoint> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        var text = new StringBuilder(Header).Append('\n');
        foreach (TrainingPoint point in points)
            text.Append(CultureInfo.InvariantCulture,
                $"{point.Step},{point.Seconds:F1},{point.LearningRate:R},{point.Loss:R},{point.Psnr:R}\n");
        WholeFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Reads a table that <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">Something else; the message names the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static List<TrainingPoint> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        if (lines is not [Header, .. var rows])
            throw new InvalidDataException(
                $"{path}: the first line must be '{Header}': {(lines is [] ? "the file is empty" : $"'{lines[0]}'")}");
        var points = new List<TrainingPoint>(rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            string[] cells = rows[i].Split(',');
            var numbers = new double[4];
            bool read = cells.Length == 5 & long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step);
            for (int cell = 1; cell < 5 && read; cell++)
                read = double.TryParse(cells[cell], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[cell - 1]);
            if (!read) throw new InvalidDataException($"{path}: line {i + 2} must be five numbers, {Header}: '{rows[i]}'");
            points.Add(new(step, numbers[0], numbers[1], numbers[2], numbers[3]));
        }
        return points;
    }
}
