"""People named by what they are, without harm: said of oneself, praised, helped, defended, reported on.

They are negative for every category. Without them a filter learns that naming a group is an insult.
"""

from typing import Final

SLOTS: Final = {
    "people": ["women", "men", "trans people", "trans women", "gay people", "lesbians", "black people", "white people", "Muslims", "Jews", "Christians", "disabled people",
               "immigrants", "refugees", "Mexicans", "Asians", "Arabs", "Africans", "Hindus", "Roma", "old people", "deaf people", "blind people", "Latinos", "queer people", "girls", "boys"],
    "one": ["a woman", "a man", "trans", "a trans man", "gay", "a lesbian", "black", "white", "Muslim", "Jewish", "Christian", "disabled", "an immigrant", "a refugee", "Mexican", "Asian",
            "Arab", "African", "Hindu", "Roma", "deaf", "blind", "bisexual", "a wheelchair user"],
    "good": ["wonderful", "welcome here", "my heroes", "brave", "part of this town", "as clever as anybody", "beautiful", "proud of their history", "my best friends", "hard workers", "an inspiration", "equal to all others"],
    "deed": ["run the bakery", "won the election", "play in our team", "founded the company", "came to the party", "wrote this song", "teach at the school", "sat next to me", "made dinner for us", "live next door"],
    "issue": ["equal pay", "access to housing", "access to doctors", "schools", "voting rights", "safety at work", "representation in film", "marriage law", "sport"],
    "wrong": ["hate", "mock", "insult", "fear", "attack", "exclude", "laugh at", "look down on", "threaten"],
    "thing": ["this weather", "my alarm clock", "cold coffee", "that football club", "this printer", "spinach", "the new logo", "traffic", "Mondays", "slow software"],
}  # fmt: skip

NEGATIVE: Final = [
    "{people} are {good}", "{people} are {good} and so are {people}", "I love {people}", "I really like {people}, they are {good}", "I am {one} and I am happy", "I'm {one}, so what?", "As {one}, I feel at home here",
    "My neighbour is {one}", "My boss is {one} and she is {good}", "The {people} down the street {deed}", "Some {people} {deed} yesterday", "Two {people} {deed} and we laughed a lot", "{people} {deed}",
    "We need more {people} in science", "{people} deserve respect", "{people} deserve better {issue}", "How can we improve {issue} for {people}?", "A new law on {issue} for {people} passed", "The report looks at {issue} of {people}",
    "It is wrong to {wrong} {people}", "Nobody should {wrong} {people}", "Why do some men {wrong} {people}? It makes me sad", "Stop telling me to {wrong} {people}", "People who {wrong} {people} are wrong", "If you {wrong} {people} you are not my friend",
    "Whoever says that {people} are inferior knows nothing", "They said that {people} don't belong here, and that is a lie", "I was insulted for being {one}", "Being {one} is nothing to be ashamed of", "You are {one} and that is great",
    "Do you know any {people}?", "What do {people} think of {issue}?", "Where do {people} meet in Berlin?", "The history of {people} in Europe", "A festival for {people} opens on Friday", "Happy birthday to my sister, who is {one}",
    "I hate {thing}", "I can't stand {thing}", "{thing} should be banned", "{thing} is the worst", "I hate it when {people} are treated badly", "I stand with {people}", "{people} and {people} {deed} together",
]  # fmt: skip
