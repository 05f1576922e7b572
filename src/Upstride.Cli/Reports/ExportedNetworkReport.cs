namespace Upstride.Cli.Reports;

/// <summary>A network that was written as an ONNX model.</summary>
/// <param name="File">The file, as given.</param>
/// <param name="Model">The network, in words.</param>
/// <param name="Parameters">Numbers that were trained.</param>
internal sealed record ExportedNetworkReport(string File, string Model, long Parameters);
