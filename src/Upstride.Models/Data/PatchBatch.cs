namespace Upstride.Models.Data;

/// <summary>The patches of one training step, values in 0 to 1.</summary>
/// <param name="Step">The step they were drawn for.</param>
/// <param name="Small">[count, 1, patch, patch].</param>
/// <param name="Large">[count, 1, scale patch, scale patch].</param>
public sealed record PatchBatch(long Step, float[] Small, float[] Large);
