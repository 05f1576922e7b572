using Upstride.Models.Generation;

namespace Upstride.Cli.Reports;

/// <summary>Pictures that a generator made.</summary>
/// <param name="File">The file that was written, as given.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pictures">How many are side by side.</param>
/// <param name="Frames">How many there are one after another.</param>
/// <param name="Model">The generator, in words.</param>
internal sealed record GenerateReport(string File, int Width, int Height, int Pictures, int Frames, string Model);

/// <summary>How good a generator is.</summary>
/// <param name="Model">The weights' file, as given.</param>
/// <param name="Network">The generator, in words.</param>
/// <param name="Samples">How many pictures it made.</param>
/// <param name="Quality">What was found.</param>
internal sealed record GenerationReport(string Model, string Network, int Samples, GenerationQuality Quality);
