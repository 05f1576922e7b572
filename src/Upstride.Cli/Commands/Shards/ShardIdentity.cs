using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Upstride.Cli.Commands.Upscale;
using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What decides on the bits of the results: shards of one picture must have it in common.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Method">How pictures are enlarged.</param>
/// <param name="Settings">The options that are told and change the result, by name.</param>
/// <param name="Model">SHA-256 of the file of weights, or of the ONNX model; null for the program's own weights.</param>
/// <param name="VectorBits">How wide the vectors are that the machine computes in.</param>
/// <param name="Fingerprint">SHA-256 of what the method makes of a small fixed picture: other weights and other arithmetic give another.
/// Null for a model that takes pictures of other sizes alone.</param>
internal sealed record ShardIdentity(string Version, string Method, string Settings, string? Model, int VectorBits, string? Fingerprint)
{
    // They say where and how the work is done, and not what it is; the model is told by its content.
    private static readonly string[] WithoutEffect =
        ["--shard", "--shards", "--rate", "--output", "--model", "--threads", "--tile", "--max-pixels", "--recursive", "--overwrite",
            "--json"];

    private const int ProbeSide = 24;

    /// <summary>The identity of a command line.</summary>
    /// <param name="upscaler">The method that it chose.</param>
    /// <param name="parsed">The line.</param>
    /// <param name="model">The model's file, or null.</param>
    /// <param name="cancellation">Asked while the small picture is made.</param>
    public static ShardIdentity Of(Upscaler upscaler, ParseResult parsed, string? model, CancellationToken cancellation) => new(
        typeof(ShardIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        upscaler.Name, SettingsOf(parsed), model is null ? null : CommandException.OnFile("model", () => Checksum.OfFile(model,
            cancellation)),
        MachineVectors.Bits, Print([upscaler.Pictures, .. upscaler.Compressed is { } compressed ? [compressed] : (IPictureUpscaler[])[]],
            cancellation));

    /// <summary>How this differs from another, in words for a person; null where it does not.</summary>
    public string? Difference(ShardIdentity other) =>
        Version != other.Version ? $"version {Version} and version {other.Version}"
        : Method != other.Method ? $"method {Method} and method {other.Method}"
        : Settings != other.Settings ? $"settings '{Settings}' and settings '{other.Settings}'"
        : Model != other.Model ? $"weights {Short(Model)} and weights {Short(other.Model)}"
        : VectorBits != other.VectorBits ? $"vectors of {VectorBits} bits and vectors of {other.VectorBits} bits"
        : Fingerprint != other.Fingerprint
            ? $"results {Short(Fingerprint)} and results {Short(other.Fingerprint)} for the same small picture"
        : null;

    private static string Short(string? checksum) => checksum is null ? "of the program" : checksum[..Math.Min(12, checksum.Length)];

    private static string SettingsOf(ParseResult parsed) => string.Join(' ', parsed.CommandResult.Children.OfType<OptionResult>()
        .Where(static option => !option.Implicit && !WithoutEffect.Contains(option.Option.Name, StringComparer.Ordinal))
        .Select(static option => string.Join(' ', option.Tokens.Select(static token => token.Value).Prepend(option.Option.Name)))
        .Order(StringComparer.Ordinal));

    // Samples of a fixed rule, not smooth, so that every weight has a part in the result; networks for pictures from JPEG files too.
    private static string? Print(IPictureUpscaler[] upscalers, CancellationToken cancellation)
    {
        var format = new PictureFormat(ProbeSide, ProbeSide, 3, SampleType.UInt16);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (IPictureUpscaler upscaler in upscalers)
            {
                hash.AppendData(Encoding.ASCII.GetBytes(upscaler.FormatOf(format).ToString()));
                uint state = 1;
                upscaler.Upscale(
                    format,
                    row =>
                    {
                        for (int i = 0; i < row.Length; i++) row[i] = (byte)((state = state * 1664525 + 1013904223) >> 24);
                    },
                    row => hash.AppendData(row), cancellationToken: cancellation);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception fault) when (fault is ArgumentException or Onnx.OnnxUnsupportedException or InvalidDataException)
        {
            return null;
        }
    }
}
