using System.Text.Json.Serialization;
using Upstride.Onnx;

namespace Upstride.Cli.Reports;

/// <summary>What became of ONNX cases.</summary>
/// <param name="Passed">How many passed.</param>
/// <param name="Failed">How many did not.</param>
/// <param name="Cases">Each of them.</param>
internal sealed record VerifyReport(int Passed, int Failed, VerifiedCase[] Cases);

/// <summary>What became of one ONNX case.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Passed">Whether every element is within the tolerance.</param>
/// <param name="Worst">The greatest absolute difference of an element.</param>
/// <param name="Message">What is wrong; empty where it passed.</param>
internal sealed record VerifiedCase(string Name, bool Passed, double Worst, string Message);

/// <summary>A network that was written as an ONNX model.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Model">The network's name.</param>
/// <param name="Scale">How much larger its output is.</param>
/// <param name="Parameters">Weights, biases and slopes.</param>
internal sealed record ExportReport(string File, string Model, int Scale, long Parameters);

/// <summary>What a model wrote.</summary>
/// <param name="Outputs">Each output that was written.</param>
/// <param name="Fitted">What was done to pictures for their size, and to files for the batch, a sentence for each.</param>
internal sealed record RunReport(RunOutput[] Outputs, string[] Fitted);

/// <summary>A model that ran on the pictures of a folder.</summary>
/// <param name="Pictures">What was written, in their order.</param>
/// <param name="Failures">Those that could not be made.</param>
internal sealed record RunPicturesReport(IReadOnlyList<RunOutput> Pictures, IReadOnlyList<FailedPictureReport> Failures);

/// <summary>One output that was written.</summary>
/// <param name="Name">The model's name of it.</param>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The lengths of its axes.</param>
internal sealed record RunOutput(string Name, string File, string Type, long[] Shape)
{
    /// <summary>What a tensor is.</summary>
    public static RunOutput Of(string name, string file, OnnxTensor tensor) => new(name, file,
        tensor.ElementType.ToString().ToLowerInvariant(), [.. tensor.Shape.Select(static length => (long)length)]);
}

/// <summary>What a model is.</summary>
/// <param name="Opset">The version of the operator set.</param>
/// <param name="Inputs">Name, element type and shape of each.</param>
/// <param name="OptionalInputs">Those that have an initialiser as their default.</param>
/// <param name="Outputs">Name, element type and shape of each.</param>
/// <param name="Operators">How often each occurs.</param>
/// <param name="Parameters">Elements of all initialisers and constants of floating-point numbers.</param>
/// <param name="Plan">How it runs; null where shapes are open.</param>
internal sealed record InspectReport(
    int Opset, string[] Inputs, string[] OptionalInputs, string[] Outputs, SortedDictionary<string, int> Operators, long Parameters,
        PlanReport? Plan)
{
    /// <summary>How a picture goes through; null where none was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Picture { get; init; }
}

/// <summary>How a model runs: operations and bytes of one run.</summary>
internal sealed record PlanReport(
    long Flops, long ArenaBytes, long ResultBytes, long WeightBytes, long WorkspaceBytes, long PeakBytes, PlanStepReport[] Steps);

/// <summary>One node of a plan; <paramref name="EvenOverlap"/> and <paramref name="Milliseconds"/> are null where there are none.</summary>
internal sealed record PlanStepReport(
    string Name, string Operator, string Inputs, string Output, string Algorithm, long Flops, long Bytes, bool? EvenOverlap,
        double? Milliseconds)
{
    /// <summary>Which of several stages it is of, from 1; null where there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Stage { get; init; }
}
