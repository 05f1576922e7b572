namespace Upstride.Models.Data;

/// <summary>The patches of one training step, values in 0 to 1.</summary>
/// <param name="Step">The step they were drawn for.</param>
/// <param name="Small">[count, 1, patch, patch].</param>
/// <param name="Large">[count, 1, scale patch, scale patch].</param>
public sealed record PatchBatch(long Step, float[] Small, float[] Large)
{
    /// <summary>How many times as wide and high the large patches are.</summary>
    public int Scale => (int)Math.Round(Math.Sqrt((double)Large.Length / Small.Length));
}
