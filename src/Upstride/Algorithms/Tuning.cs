using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// The fastest algorithm of each of some problems, as it was measured, in place of the estimates: what FFTW calls wisdom. A plan follows it
/// where <see cref="ComputeSettings.Tuning"/> gives it one, and never else. Immutable.
/// </summary>
/// <remarks>
/// <para>Algorithms differ in the last bits of their results, so that a tuning decides on bits: two machines have the same where they are
/// given the same tuning and have vectors of the same width. <see cref="Fingerprint"/> tells tunings apart. A problem that it does not
/// hold, or whose line was measured in vectors of another width, is chosen for by the estimates.</para>
/// <para>The number of threads is no part of a problem: the same algorithm is taken for any, and so the same bits.</para>
/// </remarks>
/// <example>
/// <code><![CDATA[
/// Tuning tuning = Tuning.Empty.With(TuningMeasurement.Of(geometry, Pass.Forward));
/// tuning.Save(path);
/// var settings = new ComputeSettings { Tuning = Tuning.Load(path) };
/// using var plan = ConvTransposePlan.Create<float>(geometry, weights, biases, settings: settings);
/// ]]></code>
/// </example>
public sealed partial class Tuning
{
    // The key is all of a line but its algorithm.
    private readonly FrozenDictionary<string, string> _algorithms;

    private Tuning(IEnumerable<KeyValuePair<string, string>> algorithms)
    {
        _algorithms = algorithms.ToFrozenDictionary(StringComparer.Ordinal);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Lines))));
    }

    /// <summary>Of no problem.</summary>
    public static Tuning Empty { get; } = new([]);

    /// <summary>The number of problems.</summary>
    public int Count => _algorithms.Count;

    /// <summary>SHA-256 of what it says, in hexadecimal digits: the same for the same problems and algorithms, in any order.</summary>
    public string Fingerprint { get; }

    private ImmutableArray<string> Lines =>
        [.. _algorithms.Select(static entry => $"{entry.Key}{Separator}{entry.Value}").Order(StringComparer.Ordinal)];

    /// <summary>The algorithm of a problem in vectors of this machine's width; null where it holds none.</summary>
    /// <param name="geometry">The problem's sizes.</param>
    /// <param name="pass">Which of the three products.</param>
    /// <param name="element">The tensors' element type; default float.</param>
    public AlgorithmInfo? Find(ConvTransposeGeometry geometry, Pass pass = Pass.Forward, Type? element = null)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return NameFor(AlgorithmList.Problem(geometry, pass, element, null)) is { } name ? AlgorithmList.Named(name) : null;
    }

    /// <summary>The same, and what was measured of another problem, or anew.</summary>
    /// <param name="measurement">What was measured; it goes before what is held of its problem.</param>
    public Tuning With(TuningMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return new(
            new Dictionary<string, string>(_algorithms, StringComparer.Ordinal) { [measurement.Problem] = measurement.Algorithm.Name });
    }

    /// <summary>The name of a problem's algorithm; null where there is none.</summary>
    internal string? NameFor(AlgorithmProblem problem) =>
        Count > 0 && Holds(problem) ? _algorithms.GetValueOrDefault(KeyOf(problem)) : null;

    /// <summary>Whether problems of its element type have a key.</summary>
    internal static bool Holds(AlgorithmProblem problem) => problem.Element == typeof(float) || problem.Element == typeof(double);

    /// <summary>A number of 63 bits that tells tunings apart where an integer is kept of them; 0 for none.</summary>
    internal static long NumberOf(Tuning? tuning) =>
        tuning is null ? 0 : Math.Max(1,
            long.Parse(tuning.Fingerprint.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & long.MaxValue);

    /// <summary>The problem as a line begins with it.</summary>
    internal static string KeyOf(AlgorithmProblem problem) =>
        KeyOf(problem.Pass, problem.Settings.Width, problem.Element, problem.Geometry);

    private static string KeyOf(Pass pass, SimdWidth width, Type element, ConvTransposeGeometry geometry) => string.Create(
        CultureInfo.InvariantCulture, $"{ProblemRun.NameOf(pass)} v{(int)width} {(element == typeof(double) ? Double : Float)} {geometry}");
}
