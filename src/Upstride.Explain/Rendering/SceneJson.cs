using System.Buffers;
using System.Text;
using System.Text.Json;
using Upstride.Explain.Scenes;

namespace Upstride.Explain.Rendering;

/// <summary>Writes any figure's data as JSON: title, lines, the panels with their numbers, the pinned sum.</summary>
public static class SceneJson
{
    private static readonly JsonWriterOptions Readable =
        new() { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>title</c>, <c>lines</c>, <c>panels</c> [{<c>name</c>, <c>title</c>, <c>rows</c>, <c>columns</c>, <c>values</c>}],
    /// <c>marked</c> (cells by panel, row and column), <c>at</c>.</summary>
    public static string Render(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("title", scene.Title);
            json.WriteStartArray("lines");
            foreach (string line in scene.Lines) json.WriteStringValue(line);
            json.WriteEndArray();
            json.WriteStartArray("panels");
            foreach (Panel panel in scene.Panels)
            {
                json.WriteStartObject();
                json.WriteString("name", panel.Key);
                json.WriteString("title", panel.Title);
                json.WriteNumber("rows", panel.Rows);
                json.WriteNumber("columns", panel.Columns);
                json.WriteStartArray("values");
                foreach (Cell cell in panel.Cells) json.WriteNumberValue(cell.Value);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("marked");
            foreach (CellId id in scene.Pinned)
            {
                json.WriteStartObject();
                json.WriteString("panel", Scene.Panel(id));
                json.WriteNumber("row", id.Row);
                json.WriteNumber("column", id.Column);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (scene.PinnedText.Length > 0) json.WriteString("at", scene.PinnedText);
            else json.WriteNull("at");
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
