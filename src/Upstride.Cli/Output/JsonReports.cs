using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Upstride.Cli.Output;

/// <summary>A failure as JSON: <c>{"error": {"parameter", "message"}}</c>.</summary>
internal sealed record ErrorReport(ErrorDetail Error);

/// <summary>The parameter at fault, null where none is, and what is wrong with it.</summary>
internal sealed record ErrorDetail(string? Parameter, string Message);

/// <summary>The JSON documents of every command, serialized without reflection.</summary>
[JsonSerializable(typeof(ErrorReport))]
internal sealed partial class JsonReports : JsonSerializerContext
{
    /// <summary>Quotes stand as themselves: the output is no web page.</summary>
    public static JsonReports Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
