using System.Globalization;

namespace Upstride.Fuzz.Tests;

/// <summary>Many mutants of one format, always the same ones: how many were read and refused, and what the dearest cost.</summary>
internal sealed class Campaign(FileFormat format)
{
    private readonly List<string> _faults = [];

    /// <summary>Mutants so far.</summary>
    public int Count { get; private set; }

    /// <summary>Files that were read and used.</summary>
    public int Read { get; private set; }

    /// <summary>Files that were refused by an exception that is documented.</summary>
    public int Refused { get; private set; }

    /// <summary>The longest that one took.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>The most memory that one took.</summary>
    public long Largest { get; private set; }

    /// <summary>What broke a promise: the format, the number of the mutant, and how.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Reads the mutants of some numbers.</summary>
    public void Run(int first, int count, TimeSpan mostTime, long mostBytes)
    {
        for (int number = first; number < first + count; number++)
        {
            byte[] mutant = Mutant(format, number);
            Count++;
            Exception? undocumented = null;
            Cost cost = Cost.Of(() =>
            {
                try
                {
                    format.Use(mutant);
                    Read++;
                }
                catch (Exception fault) when (format.IsDocumented(fault))
                {
                    Refused++;
                }
                catch (Exception fault)
                {
                    undocumented = fault;
                }
            });
            int faults = _faults.Count;
            if (cost.Processor > Longest) Longest = cost.Processor;
            Largest = Math.Max(Largest, cost.Bytes);
            if (undocumented is not null) _faults.Add($"{format.Name} {number}: {undocumented}");
            if (cost.Processor > mostTime)
                _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{format.Name} {number}: {cost.Processor.TotalSeconds:F1} s"));
            if (cost.Bytes > mostBytes) _faults.Add($"{format.Name} {number}: {cost.Bytes >> 20} MB");
            if (_faults.Count > faults)
                File.WriteAllBytes(Path.Combine(AppContext.BaseDirectory, $"mutant-{number}.{format.Name}"), mutant);
        }
    }

    /// <summary>The mutant of a number.</summary>
    public static byte[] Mutant(FileFormat format, int number) => format.Mutant(new Random(HashCode(format.Name) ^ (number * 7919)));

    /// <summary>A row of a table.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
            $"| {format.Name} | {Count} | {Read} | {Refused} | {Longest.TotalMilliseconds:F0} ms | {Largest / 1e6:F0} MB | "
            + $"{_faults.Count} |");

    // The same in every process, as that of a string is not.
    private static int HashCode(string text) => text.Aggregate(17, static (hash, letter) => unchecked(hash * 31 + letter));
}
