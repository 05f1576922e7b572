namespace Upstride.Imaging;

/// <summary>A picture that moves.</summary>
/// <param name="Frames">How many pictures it has.</param>
/// <param name="Plays">How often it is shown; 0 for ever.</param>
public readonly record struct ImageAnimation(int Frames, int Plays);
