using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What a shard has done.</summary>
/// <param name="Shard">From 1 to <paramref name="Of"/>.</param>
/// <param name="Of">How many there are.</param>
/// <param name="Source">Where that is said.</param>
/// <param name="Pictures">How many pictures are the shard's; 1 where it is a band, the frames where it is of a video.</param>
/// <param name="Made">How many this run made.</param>
/// <param name="Recognised">How many were there already.</param>
/// <param name="TryAgain">How many failed and may pass the next time.</param>
/// <param name="Failures">Those that cannot be made.</param>
internal sealed record ShardReport(int Shard, int Of, string Source, int Pictures, int Made, int Recognised, int TryAgain,
    IReadOnlyList<FailedPictureReport> Failures);

/// <summary>Shards that were checked and joined.</summary>
/// <param name="File">The folder, or the picture that was written.</param>
/// <param name="Shards">How many.</param>
/// <param name="Pictures">How many pictures are there, whole; frames of a video.</param>
/// <param name="Failures">Those that could not be made.</param>
internal sealed record JoinReport(string File, int Shards, int Pictures, IReadOnlyList<FailedPictureReport> Failures);

/// <summary>What a shard would do.</summary>
/// <param name="Shard">From 1 on.</param>
/// <param name="Pictures">How many; 1 where it is a band, the frames where it is of a video.</param>
/// <param name="Pixels">That are read and enlarged, with those around a band.</param>
/// <param name="Seconds">That it is expected to take.</param>
internal sealed record PlannedShardReport(int Shard, int Pictures, long Pixels, double Seconds);

/// <summary>What all shards would do.</summary>
/// <param name="Shards">By number.</param>
/// <param name="Pictures">How many in all; frames of a video.</param>
/// <param name="Pixels">In all.</param>
/// <param name="PixelsPerSecond">What the seconds are counted by.</param>
/// <param name="Imbalance">The largest shard's pixels over the mean.</param>
/// <param name="Memory">Bytes that a shard is expected to take at most.</param>
/// <param name="Plan">Shards of one plan have it in common.</param>
internal sealed record PlanReport(IReadOnlyList<PlannedShardReport> Shards, int Pictures, long Pixels, double PixelsPerSecond,
    double Imbalance, long Memory, string? Plan);

/// <summary>The documents about shards as JSON, without reflection.</summary>
[JsonSerializable(typeof(ShardReport))]
[JsonSerializable(typeof(JoinReport))]
[JsonSerializable(typeof(PlanReport))]
internal sealed partial class ShardReports : JsonSerializerContext
{
    /// <summary>Quotes stand as themselves: the output is no web page.</summary>
    public static ShardReports Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
