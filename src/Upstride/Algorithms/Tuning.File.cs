using System.Globalization;
using System.Text;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

public sealed partial class Tuning
{
    private const string Heading = "upstride tuning 1", Separator = " : ", Float = "float", Double = "double";

    // A file of more than this is no tuning that somebody measured.
    private const int MaxBytes = 16 << 20, MaxLineLength = 512, LongestQuote = 80;

    /// <summary>Reads a file that <see cref="Save"/> wrote. Lines that begin with # are comments.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TuningFormatException">It is something else; the message names the line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Tuning Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="stream">From where it stands to its end; not closed.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="TuningFormatException">It is something else; the message names the line.</exception>
    public static Tuning Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        string[] lines = ReadText(stream, name).Split('\n');
        if (lines[0].TrimEnd('\r') != Heading)
            throw new TuningFormatException(name, 1, $"it is {Quote(lines[0])}, and must be '{Heading}'");
        var algorithms = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 1; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            (string key, string algorithm) = ReadLine(line, name, i + 1);
            if (!algorithms.TryAdd(key, algorithm) && algorithms[key] != algorithm)
                throw new TuningFormatException(name, i + 1,
                    $"{Quote(key)} has algorithm {algorithms[key]} above and {algorithm} here: remove one of the lines");
        }
        return new(algorithms);
    }

    /// <summary>Writes it to a file, whole or not at all: a line for each problem, in one order.</summary>
    /// <param name="path">One that exists is replaced.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => WholeFile.Write(path, Write);

    /// <summary>Writes it as <see cref="Save"/> does.</summary>
    /// <param name="stream">Receives UTF-8 text; not closed.</param>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(Heading);
        foreach (string line in Lines) writer.WriteLine(line);
    }

    private static string ReadText(Stream stream, string name)
    {
        using var held = new MemoryStream();
        byte[] block = new byte[81920];
        int read;
        while ((read = stream.Read(block)) > 0)
        {
            if (held.Length + read > MaxBytes) throw new TuningFormatException(name, $"it has more than {MaxBytes} bytes");
            held.Write(block, 0, read);
        }
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(held.GetBuffer(), 0, (int)held.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new TuningFormatException(name, "it is no text in UTF-8");
        }
    }

    private static (string Key, string Algorithm) ReadLine(string line, string name, int number)
    {
        TuningFormatException Fault(string fault, Exception? inner = null) => new(name, number, fault, inner);
        if (line.Length > MaxLineLength) throw Fault($"it has {line.Length} characters, more than {MaxLineLength}");
        if (line.Split(Separator) is not [var problem, var algorithm])
            throw Fault($"{Quote(line)} is not a problem and an algorithm with '{Separator}' between");
        if (problem.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries) is not [var operation, var width, var element, var sizes])
            throw Fault($"{Quote(problem)} is not a product, a vector width, an element type and sizes");
        if (ProblemRun.PassNamed(operation) is not { } pass)
            throw Fault($"{Quote(operation)} is not one of {string.Join(", ", Enum.GetValues<Pass>().Select(ProblemRun.NameOf))}");
        if (width is not ['v', .. var bits] || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            || !Enum.IsDefined((SimdWidth)value))
            throw Fault($"{Quote(width)} is not one of "
                + string.Join(", ", Enum.GetValues<SimdWidth>().Select(static known => $"v{(int)known}")));
        if (element is not (Float or Double)) throw Fault($"{Quote(element)} is not one of {Float}, {Double}");
        if (AlgorithmTable.All.FirstOrDefault(known => known.Name == algorithm) is null)
            throw Fault($"algorithm {Quote(algorithm)} is not one of "
                + string.Join(", ", AlgorithmTable.All.Select(static known => known.Name)));
        try
        {
            ConvTransposeGeometry geometry = ConvTransposeGeometry.ParseProblem($"- {sizes}").Geometry;
            return (KeyOf(pass, (SimdWidth)value, element == Double ? typeof(double) : typeof(float), geometry), algorithm);
        }
        catch (Exception fault) when (fault is FormatException or GeometryException or OverflowException)
        {
            throw Fault(fault.Message, fault);
        }
    }

    private static string Quote(string text) => $"'{QuotedText.Of(text, LongestQuote)}'";
}
