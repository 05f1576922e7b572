using System.Numerics;

namespace Upstride.Samples.Scene;

/// <summary>What light meets: colour, and how strongly it mirrors the sun.</summary>
internal readonly record struct Surface(Vector3 Color, float Gloss = 0);

/// <summary>A thing that rays can meet.</summary>
internal abstract class Shape
{
    /// <summary>Distance along the unit ray to the first meeting beyond a hair's breadth, or infinity; with the outward normal.</summary>
    public abstract float Meet(Vector3 origin, Vector3 ray, out Vector3 normal);

    public abstract Surface At(Vector3 point);

    protected const float Hair = 1e-3f;
}

/// <summary>The ground, y = 0.</summary>
internal sealed class Ground(Func<Vector3, Surface> surface) : Shape
{
    public override float Meet(Vector3 origin, Vector3 ray, out Vector3 normal)
    {
        normal = Vector3.UnitY;
        float t = -origin.Y / ray.Y;
        return t > Hair ? t : float.PositiveInfinity;
    }

    public override Surface At(Vector3 point) => surface(point);
}

/// <summary>A flat piece: <paramref name="corner"/> + u <paramref name="across"/> + v <paramref name="up"/> (unit vectors) for
/// the (u, v) in metres that <paramref name="inside"/> says belong to it.</summary>
internal sealed class Panel(Vector3 corner, Vector3 across, Vector3 up, Func<float, float, bool> inside, Func<float, float, Surface> surface) : Shape
{
    private readonly Vector3 _facing = Vector3.Normalize(Vector3.Cross(up, across));

    public override float Meet(Vector3 origin, Vector3 ray, out Vector3 normal)
    {
        float slope = Vector3.Dot(ray, _facing);
        normal = slope < 0 ? _facing : -_facing;
        float t = Vector3.Dot(corner - origin, _facing) / slope;
        if (!(t > Hair)) return float.PositiveInfinity;
        Vector3 p = origin + t * ray - corner;
        return inside(Vector3.Dot(p, across), Vector3.Dot(p, up)) ? t : float.PositiveInfinity;
    }

    public override Surface At(Vector3 point) => surface(Vector3.Dot(point - corner, across), Vector3.Dot(point - corner, up));
}

internal sealed class Ball(Vector3 center, float radius, Func<Vector3, Surface> surface) : Shape
{
    public override float Meet(Vector3 origin, Vector3 ray, out Vector3 normal)
    {
        float t = Enter(origin, ray, center, radius);
        normal = (origin + t * ray - center) / radius;
        return t;
    }

    public override Surface At(Vector3 point) => surface((point - center) / radius);

    public static float Enter(Vector3 origin, Vector3 ray, Vector3 center, float radius)
    {
        Vector3 to = center - origin;
        float along = Vector3.Dot(to, ray), inside = along * along - to.LengthSquared() + radius * radius;
        if (inside < 0) return float.PositiveInfinity;
        float t = along - MathF.Sqrt(inside);
        return t > Hair ? t : float.PositiveInfinity;
    }
}

/// <summary>The side of an upright cone frustum from y = 0 to <paramref name="height"/>; radius grows by
/// <paramref name="flare"/> a metre.</summary>
internal sealed class Barrel(Vector3 foot, float radius, float flare, float height, Func<float, float, Surface> surface) : Shape
{
    public override float Meet(Vector3 origin, Vector3 ray, out Vector3 normal)
    {
        // |p.xz - foot.xz| = r + flare (p.y - foot.y), squared and solved for the distance.
        Vector3 o = origin - foot;
        float r = radius + flare * o.Y, k = flare * ray.Y;
        float a = ray.X * ray.X + ray.Z * ray.Z - k * k, b = o.X * ray.X + o.Z * ray.Z - r * k, c = o.X * o.X + o.Z * o.Z - r * r;
        float root = b * b - a * c;
        normal = Vector3.UnitY;
        if (root < 0) return float.PositiveInfinity;
        foreach (float sign in (ReadOnlySpan<float>)[-1, 1])
        {
            float t = (-b + sign * MathF.Sqrt(root)) / a;
            Vector3 p = o + t * ray;
            if (!(t > Hair) || p.Y < 0 || p.Y > height) continue;
            normal = Vector3.Normalize(new Vector3(p.X, -flare * (radius + flare * p.Y), p.Z)) * -sign;
            return t;
        }
        return float.PositiveInfinity;
    }

    public override Surface At(Vector3 point) => surface(MathF.Atan2(point.X - foot.X, point.Z - foot.Z) * radius, point.Y - foot.Y);
}

/// <summary>Small discs at random on and in a ball, each turned its own way.</summary>
internal sealed class Leaves : Shape
{
    private readonly Vector3 _center;
    private readonly float _radius;
    private readonly (Vector3 Center, Vector3 Normal, Vector3 Long, float Size, Vector3 Color)[] _leaves;

    public Leaves(Vector3 center, float radius, float size, int count, Vector3 color, int seed)
    {
        (this._center, this._radius) = (center, radius + 1.5f * size);
        _leaves = [.. Enumerable.Range(0, count).Select(i =>
        {
            float Number(int k) => Noise.Hash(i, k, seed);
            Vector3 out_ = Vector3.Normalize(new Vector3(Number(0) - 0.5f, Number(1) - 0.45f, Number(2) - 0.5f) + new Vector3(1e-4f));
            Vector3 normal = Vector3.Normalize(out_ + 1.3f * new Vector3(Number(3) - 0.5f, Number(4), Number(5) - 0.5f));
            Vector3 lengthwise = Vector3.Normalize(Vector3.Cross(normal, new Vector3(Number(6) - 0.5f, Number(7) - 0.5f, Number(8) - 0.5f)));
            Vector3 tint = color * (0.7f + 0.6f * Number(9)) + new Vector3(0.10f, 0.05f, 0) * Number(10) * Number(10);
            return (center + out_ * radius * (0.55f + 0.45f * MathF.Sqrt(Number(11))), normal, lengthwise, size * (0.7f + 0.6f * Number(12)), tint);
        })];
    }

    public override float Meet(Vector3 origin, Vector3 ray, out Vector3 normal)
    {
        (float t, int leaf) = Nearest(origin, ray);
        normal = leaf < 0 ? Vector3.UnitY : _leaves[leaf].Normal * -MathF.Sign(Vector3.Dot(_leaves[leaf].Normal, ray));
        return t;
    }

    public override Surface At(Vector3 point)
    {
        // The leaf that the point lies on; deep inside the crown little light arrives.
        int nearest = 0;
        float least = float.PositiveInfinity;
        for (int i = 0; i < _leaves.Length; i++)
        {
            Vector3 p = point - _leaves[i].Center;
            float distance = MathF.Abs(Vector3.Dot(p, _leaves[i].Normal)) * 50 + p.Length();
            if (distance < least) (nearest, least) = (i, distance);
        }
        float depth = Math.Clamp(Vector3.Distance(point, _center) / _radius, 0, 1);
        return new Surface(_leaves[nearest].Color * (0.35f + 0.65f * depth * depth), 0.04f);
    }

    private (float T, int Leaf) Nearest(Vector3 origin, Vector3 ray)
    {
        Vector3 to = _center - origin;
        float along = Vector3.Dot(to, ray);
        if (to.LengthSquared() - along * along > _radius * _radius || along < -_radius) return (float.PositiveInfinity, -1);
        float nearest = float.PositiveInfinity;
        int which = -1;
        for (int i = 0; i < _leaves.Length; i++)
        {
            ref readonly var leaf = ref _leaves[i];
            float t = Vector3.Dot(leaf.Center - origin, leaf.Normal) / Vector3.Dot(ray, leaf.Normal);
            if (!(t > Hair) || t >= nearest) continue;
            Vector3 p = origin + t * ray - leaf.Center;
            float lengthwise = Vector3.Dot(p, leaf.Long), square = p.LengthSquared() - lengthwise * lengthwise;
            // A pointed oval: half as wide as long.
            float limit = 0.5f * (leaf.Size - lengthwise * lengthwise / leaf.Size);
            if (limit > 0 && square < limit * limit) (nearest, which) = (t, i);
        }
        return (nearest, which);
    }
}
