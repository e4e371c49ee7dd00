using FaceBias.Core.Heads.Data;
using FaceBias.Core.Search.Results;

namespace FaceBias.Public.Tests;

/// <summary>Options whose types are parsed are given as text.</summary>
public class OptionTextTests
{
    [Fact]
    public void A_text_stands_for_an_objective_and_for_levels()
    {
        Objective objective = "0.5*gap";
        LevelSpec levels = "age:young=0-34,old=35-";
        Assert.Equal(("0.5*gap", "age"), (objective.ToString(), levels.Column));
        Assert.Throws<FaceBiasException>(() => (Objective)"most of it");
    }
}
