using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What decides on the bits of the results: shards of one picture must have it in common.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Method">What is done with pictures.</param>
/// <param name="Settings">The options that are told and change the result, by name.</param>
/// <param name="Model">SHA-256 of the file of weights, or of the ONNX model; null for the program's own weights.</param>
/// <param name="VectorBits">How wide the vectors are that the machine computes in.</param>
/// <param name="Fingerprint">Of the method on this machine, by <see cref="ShardFingerprint"/>; null where there is none.</param>
internal sealed record ShardIdentity(string Version, string Method, string Settings, string? Model, int VectorBits, string? Fingerprint)
{
    /// <summary>The fingerprint of the tuning that algorithms are chosen by; null without one.</summary>
    public string? Tuning { get; init; }

    // They say where and how the work is done, and not what it is; the model is told by its content.
    private static readonly string[] WithoutEffect =
        ["--shard", "--shards", "--rate", "--input", "--output", "--method", "--model", "--segmentation", "--images", "--labels",
            "--threads", "--tuning", "--cache", "--tile", "--max-pixels", "--recursive", "--overwrite", "--json", "--resume"];

    /// <summary>The identity of a command line.</summary>
    /// <param name="method">Of the method that it chose.</param>
    /// <param name="parsed">The line.</param>
    /// <param name="model">The model's file, or null.</param>
    /// <param name="fingerprint">Of the method, by <see cref="ShardFingerprint"/>.</param>
    /// <param name="cancellation">Asked while the model's file is read.</param>
    public static ShardIdentity Of(string method, ParseResult parsed, string? model, string? fingerprint, CancellationToken cancellation) =>
        new(typeof(ShardIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            method, SettingsOf(parsed),
            model is null ? null : CommandException.OnFile("model", () => Checksum.OfFile(model, cancellation)), MachineVectors.Bits,
            fingerprint);

    /// <summary>How this differs from another, in words for a person; null where it does not.</summary>
    public string? Difference(ShardIdentity other) =>
        Version != other.Version ? $"version {Version} and version {other.Version}"
        : Method != other.Method ? $"method {Method} and method {other.Method}"
        : Settings != other.Settings ? $"settings '{Settings}' and settings '{other.Settings}'"
        : Model != other.Model ? $"weights {Short(Model)} and weights {Short(other.Model)}"
        : VectorBits != other.VectorBits ? $"vectors of {VectorBits} bits and vectors of {other.VectorBits} bits"
        : Tuning != other.Tuning ? $"tuning {TuningText(Tuning)} and tuning {TuningText(other.Tuning)}"
        : Fingerprint != other.Fingerprint
            ? $"results {Short(Fingerprint)} and results {Short(other.Fingerprint)} for the same small picture"
        : null;

    private static string TuningText(string? fingerprint) => fingerprint is null ? "none" : Short(fingerprint);

    private static string Short(string? checksum) => checksum is null ? "of the program" : checksum[..Math.Min(12, checksum.Length)];

    private static string SettingsOf(ParseResult parsed) => string.Join(' ', parsed.CommandResult.Children.OfType<OptionResult>()
        .Where(static option => !option.Implicit && !WithoutEffect.Contains(option.Option.Name, StringComparer.Ordinal))
        .Select(static option => string.Join(' ', option.Tokens.Select(static token => token.Value).Prepend(option.Option.Name)))
        .Order(StringComparer.Ordinal));
}
