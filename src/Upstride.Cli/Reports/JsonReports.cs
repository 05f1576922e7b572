using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Upstride.Cli.Reports;

/// <summary>A failure as JSON: <c>{"error": {"parameter", "message"}}</c>.</summary>
internal sealed record ErrorReport(ErrorDetail Error);

/// <summary>The parameter at fault, null where none is, and what is wrong with it.</summary>
internal sealed record ErrorDetail(string? Parameter, string Message);

/// <summary>A convolution as a matrix.</summary>
/// <param name="Input">Sizes of the convolution's input.</param>
/// <param name="Output">Sizes of the convolution's output.</param>
/// <param name="Rows">Elements of the output.</param>
/// <param name="Columns">Elements of the input.</param>
/// <param name="Entries">Places that hold a tap.</param>
/// <param name="Names">The matrix with the taps' names; null where numbers were given.</param>
/// <param name="Numbers">The matrix with the weights' numbers; null where none were given.</param>
/// <param name="TransposedNames">The transpose of <paramref name="Names"/>.</param>
/// <param name="TransposedNumbers">The transpose of <paramref name="Numbers"/>.</param>
internal sealed record MatrixReport(
    int[] Input, int[] Output, int Rows, int Columns, int Entries,
    string[][]? Names, double[][]? Numbers, string[][]? TransposedNames, double[][]? TransposedNumbers);

/// <summary>What an operator wrote.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Type">NumPy's name of the element type.</param>
/// <param name="Output">The shape of the output.</param>
/// <param name="Algorithm">The algorithm that was chosen; null where there is no choice.</param>
internal sealed record ApplyReport(string File, string Type, int[] Output, string? Algorithm);

/// <summary>The picture that was written.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</param>
/// <param name="SampleType">UInt8, UInt16 or Float32.</param>
/// <param name="Method">How it was enlarged.</param>
/// <param name="Seconds">From opening the picture to the finished file.</param>
/// <param name="Frames">How many pictures it has, where it moves; else 1.</param>
/// <param name="NotKept">What of the source is not in it: what its format cannot hold, and what was not read.</param>
/// <param name="Psnr">Of luma against the truth, in dB, without a border as wide as the scale; null without a truth, and where nothing
/// differs.</param>
/// <param name="PsnrOfBicubic">The same of bicubic interpolation.</param>
internal sealed record UpscaleReport(
    string File, int Width, int Height, int Channels, string SampleType, string Method, double Seconds, int Frames, string[] NotKept,
    double? Psnr = null, double? PsnrOfBicubic = null);

/// <summary>The video that was written.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Frames">How many it has.</param>
/// <param name="Method">How they were enlarged.</param>
/// <param name="Seconds">From opening the source to the finished file.</param>
/// <param name="NotKept">What of the source is not in it.</param>
internal sealed record VideoReport(string File, int Width, int Height, long Frames, string Method, double Seconds, string[] NotKept);

/// <summary>Several enlarged pictures.</summary>
/// <param name="Pictures">Those that were made, in their order.</param>
/// <param name="Skipped">How many were there already.</param>
/// <param name="Failures">Those that could not be made.</param>
internal sealed record UpscaledPicturesReport(IReadOnlyList<UpscaleReport> Pictures, int Skipped,
    IReadOnlyList<FailedPictureReport> Failures);

/// <summary>A picture that could not be made.</summary>
/// <param name="File">The source's name.</param>
/// <param name="Parameter">What is at fault, the picture or the output; null where neither is.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record FailedPictureReport(string File, string? Parameter, string Message);

/// <summary>The JSON documents of every command, serialized without reflection.</summary>
[JsonSerializable(typeof(ErrorReport))]
[JsonSerializable(typeof(MatrixReport))]
[JsonSerializable(typeof(ApplyReport))]
[JsonSerializable(typeof(ShapeReport))]
[JsonSerializable(typeof(UpscaleReport))]
[JsonSerializable(typeof(VideoReport))]
[JsonSerializable(typeof(ModelsReport))]
[JsonSerializable(typeof(UpscaledPicturesReport))]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(TrainReport))]
[JsonSerializable(typeof(TrainedReport))]
[JsonSerializable(typeof(SegmentReport))]
[JsonSerializable(typeof(SegmentedPicturesReport))]
[JsonSerializable(typeof(GenerateReport))]
[JsonSerializable(typeof(GenerationReport))]
[JsonSerializable(typeof(ExportedNetworkReport))]
[JsonSerializable(typeof(SegmentationEvaluationReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(RunPicturesReport))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(ComparisonReport))]
[JsonSerializable(typeof(InverseReport))]
[JsonSerializable(typeof(SymbolicReport))]
[JsonSerializable(typeof(ConvolutionSizesReport))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(PictureCheckReport))]
[JsonSerializable(typeof(FixReport))]
[JsonSerializable(typeof(CodeReport))]
[JsonSerializable(typeof(TuneReport))]
internal sealed partial class JsonReports : JsonSerializerContext
{
    /// <summary>Quotes stand as themselves: the output is no web page.</summary>
    public static JsonReports Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
