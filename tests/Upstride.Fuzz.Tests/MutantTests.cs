using System.Globalization;

namespace Upstride.Fuzz.Tests;

/// <summary>
/// Mutants of every format are read, or refused by an exception that is documented, in 2 seconds of processor time and 256 MB.
/// UPSTRIDE_MUTANTS=1000000 makes so many over all formats, or over those of UPSTRIDE_FORMATS=png,tiff, and writes the figures
/// to mutants.md in the folder of the program; UPSTRIDE_FIRST_MUTANT=50000 begins at that number of each format.
/// </summary>
public sealed class MutantTests
{
    private const int Modest = 400;
    private const int Portion = 500;
    private const long MostBytes = 256_000_000;

    private static readonly TimeSpan s_mostTime = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Formats => new(FileFormat.All.Select(static format => format.Name));

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_files_that_mutants_are_made_of_are_read(string name)
    {
        FileFormat format = FileFormat.All.Single(format => format.Name == name);
        int unsupported = 0;
        foreach (byte[] seed in format.Seeds)
        {
            try
            {
                format.Use(seed);
            }
            catch (Exception fault) when (format.IsDocumented(fault))
            {
                unsupported++;
            }
        }
        Assert.InRange(unsupported, 0, format.Seeds.Count / 3);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_mutant_is_read_or_refused_and_costs_little(string name)
    {
        var campaign = new Campaign(FileFormat.All.Single(format => format.Name == name));
        campaign.Run(0, Modest, s_mostTime, MostBytes);
        Assert.Empty(campaign.Faults);

        // Mutants that are all refused, or all read, would test little.
        Assert.InRange(campaign.Refused, Modest / 20, Modest);
        Assert.InRange(campaign.Read, 1, Modest);
    }

    [Fact]
    public void A_long_run()
    {
        Assert.SkipUnless(int.TryParse(Environment.GetEnvironmentVariable("UPSTRIDE_MUTANTS"), NumberStyles.None,
            CultureInfo.InvariantCulture, out int mutants), "runs by hand: UPSTRIDE_MUTANTS=1000000");
        string report = Path.Combine(AppContext.BaseDirectory, "mutants.md");
        string[] names = Environment.GetEnvironmentVariable("UPSTRIDE_FORMATS")?.Split(',') ?? [];
        FileFormat[] formats =
            [.. FileFormat.All.Where(format => names.Length == 0 || names.Contains(format.Name, StringComparer.Ordinal))];
        Campaign[] campaigns = [.. formats.Select(static format => new Campaign(format))];
        int each = (mutants + formats.Length - 1) / formats.Length;
        _ = int.TryParse(Environment.GetEnvironmentVariable("UPSTRIDE_FIRST_MUTANT"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int first);
        for (int done = 0; done < each; done += Portion)
        {
            // One format after the other, so that what is there at any time is a run of all of them.
            foreach (Campaign campaign in campaigns) campaign.Run(first + done, Math.Min(Portion, each - done), s_mostTime, MostBytes);
            File.WriteAllLines(report,
                ["| format | mutants | read | refused | longest | most memory | faults |", "|---|---|---|---|---|---|---|",
                .. campaigns.Select(static campaign => campaign.ToString()), "",
                    .. campaigns.SelectMany(static campaign => campaign.Faults)]);
        }
        Assert.Empty(campaigns.SelectMany(static campaign => campaign.Faults));
    }
}
