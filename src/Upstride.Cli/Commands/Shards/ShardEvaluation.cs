namespace Upstride.Cli.Commands.Shards;

/// <summary>What the pictures of all shards are judged by: one of both.</summary>
internal sealed record ShardEvaluation(EvaluatedMethod? Upscaling = null, EvaluatedNetwork? Segmentation = null);

/// <summary>An upscaling method that is judged.</summary>
/// <param name="Scale">How much larger.</param>
/// <param name="Method">The method's name or the model's file, as given.</param>
internal sealed record EvaluatedMethod(int Scale, string Method);

/// <summary>A segmentation network that is judged.</summary>
/// <param name="Model">The weights' file, as given.</param>
/// <param name="Network">The network, in words.</param>
/// <param name="Parameters">Numbers that were trained.</param>
/// <param name="Classes">Their names.</param>
internal sealed record EvaluatedNetwork(string Model, string Network, long Parameters, string[] Classes);
