using System.Globalization;
using System.IO.Hashing;
using System.Reflection;
using System.Text;
using Upstride.Algorithms;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// The text of a <see cref="PlanCache"/>. It begins with what the choices are of: the model's bytes, the library, the vectors, the
/// settings; it ends with a hash of all before. A file in which anything is otherwise is no cache.
/// </summary>
internal sealed class PlanCacheFile
{
    /// <summary>Plans that are kept, at most.</summary>
    public const int MaximalPlans = 256;

    // Nothing that Text writes is larger: a line for each choice, and for each plan the numbers of some thousand nodes.
    private const int MaximalBytes = 8 << 20;

    private const string Algorithm = "algorithm ", Separator = " : ", InPlace = "in-place ", End = "end ";

    private readonly string _heading;

    /// <param name="model">The hash of the model's file.</param>
    /// <param name="settings">Those of the session.</param>
    public PlanCacheFile(ulong model, OnnxSessionSettings settings)
    {
        ComputeSettings compute = settings.Compute;
        string version =
            typeof(PlanCacheFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        _heading = string.Create(CultureInfo.InvariantCulture,
            $"upstride plans 1\nmodel {model:x16}\nlibrary {version}\nvectors {(int)compute.Width}\n"
            + $"algorithms {compute.Algorithm ?? "any"}, tuning {compute.Tuning?.Fingerprint ?? "none"}, winograd {compute.AllowWinograd}\n"
            + $"position-independent {compute.PositionIndependent}, weights change {compute.WeightsChange}\n"
            + $"workspace {Math.Min(compute.MaximalWorkspaceBytes, settings.Limits.MaximalMemory)}\n"
            + $"without {string.Join(',', settings.SkippedPasses.Order(StringComparer.Ordinal))}\n");
    }

    /// <summary>The text of choices.</summary>
    public string Text(AlgorithmChoices algorithms, IReadOnlyDictionary<string, int[]> inPlace)
    {
        var text = new StringBuilder(_heading);
        foreach (string line in algorithms.Lines(Separator)) text.Append($"{Algorithm}{line}\n");
        foreach ((string plan, int[] nodes) in inPlace)
            text.Append($"{InPlace}{plan}{Separator}").AppendJoin(' ', nodes).Append('\n');
        return Ended(text.ToString());
    }

    /// <summary>Reads the choices of a file into empty ones; where anything about it is wrong, they stay empty.</summary>
    /// <returns>The file's text; null where it is no cache of this model, library, machine and settings.</returns>
    public string? Read(string path, AlgorithmChoices algorithms, IDictionary<string, int[]> inPlace)
    {
        if (ReadText(path) is not { } text || !text.StartsWith(_heading, StringComparison.Ordinal)) return null;
        int end = text.LastIndexOf('\n' + End, StringComparison.Ordinal) + 1;
        if (end < _heading.Length || Ended(text[..end]) != text) return null;
        foreach (string line in text[_heading.Length..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryRead(line, algorithms, inPlace)) continue;
            algorithms.Clear();
            inPlace.Clear();
            return null;
        }
        return text;
    }

    /// <summary>A text with its hash at the end.</summary>
    internal static string Ended(string text) => $"{text}{End}{XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text)):x16}\n";

    private static bool TryRead(string line, AlgorithmChoices algorithms, IDictionary<string, int[]> inPlace)
    {
        int separator = line.LastIndexOf(Separator, StringComparison.Ordinal);
        if (separator < 0) return false;
        (string key, string value) = (line[..separator], line[(separator + Separator.Length)..]);
        if (key.StartsWith(Algorithm, StringComparison.Ordinal)) return algorithms.TryAdd(key[Algorithm.Length..], value);
        if (!key.StartsWith(InPlace, StringComparison.Ordinal) || inPlace.Count >= MaximalPlans) return false;
        string[] numbers = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] nodes = new int[numbers.Length];
        for (int i = 0; i < nodes.Length; i++)
            if (!int.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out nodes[i])) return false;
        return inPlace.TryAdd(key[InPlace.Length..], nodes);
    }

    private static string? ReadText(string path)
    {
        try
        {
            // A pipe or a device, which might never answer, has no length, and is not opened.
            if (new FileInfo(path) is not { Exists: true, Length: > 0 and <= MaximalBytes }) return null;
            using FileStream stream = File.OpenRead(path);
            byte[] bytes = new byte[(int)Math.Min(stream.Length, MaximalBytes)];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return null;
        }
    }
}
